<?php
// Symfony Messenger over its SQS transport, as Debian packages it: DSN, Region and keys come from the environment.
require '/usr/share/php/Symfony/Component/Messenger/autoload.php';
require '/usr/share/php/Symfony/Component/Messenger/Bridge/AmazonSqs/autoload.php';
require '/usr/share/php/Symfony/Component/HttpClient/autoload.php';

use Symfony\Component\Messenger\Bridge\AmazonSqs\Transport\AmazonSqsTransportFactory;
use Symfony\Component\Messenger\Envelope;
use Symfony\Component\Messenger\Transport\Serialization\PhpSerializer;

final class Order
{
    public function __construct(public string $id) {}
}

function check(bool $isTrue, string $otherwise): void
{
    if (!$isTrue) {
        throw new Exception($otherwise);
    }
}

$endpoint = parse_url(getenv('AWS_ENDPOINT_URL'));
$address = "{$endpoint['host']}:{$endpoint['port']}";
$options = [
    'access_key' => getenv('AWS_ACCESS_KEY_ID'),
    'secret_key' => getenv('AWS_SECRET_ACCESS_KEY'),
    'region' => getenv('AWS_REGION'),
];
$dsn = "sqs://$address/symfony-" . bin2hex(random_bytes(4)) . '?sslmode=disable&wait_time=1';

try {
    $transport = (new AmazonSqsTransportFactory())->createTransport($dsn, $options, new PhpSerializer());
    $transport->setup();
    $transport->send(new Envelope(new Order('ünïcödé')));
    $transport->send(new Envelope(new Order('second')));
    check($transport->getMessageCount() === 2, "the count is {$transport->getMessageCount()}");
    $ids = [];
    for ($tries = 0; count($ids) < 2 && $tries < 20; $tries++) {
        foreach ($transport->get() as $envelope) {
            $ids[] = $envelope->getMessage()->id;
            count($ids) === 1 ? $transport->ack($envelope) : $transport->reject($envelope);
        }
    }
    sort($ids);
    check($ids === ['second', 'ünïcödé'], 'came: ' . implode(', ', $ids));
    check($transport->getMessageCount() === 0, 'messages are left');
    echo "ok Symfony Messenger: makes its queue, sends, counts, receives, acknowledges and rejects\n";
} catch (Throwable $error) {
    echo "FAILED Symfony Messenger: $error\n";
    exit(1);
}
