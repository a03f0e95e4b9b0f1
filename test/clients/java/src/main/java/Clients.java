import com.amazon.sqs.javamessaging.ProviderConfiguration;
import com.amazon.sqs.javamessaging.SQSConnectionFactory;
import jakarta.jms.MessageConsumer;
import jakarta.jms.Session;
import jakarta.jms.TextMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;
import software.amazon.awssdk.services.sqs.model.QueueDoesNotExistException;

/** The AWS SDKs for Java and Amazon's JMS library, as published: endpoint and keys come from the environment. */
public final class Clients {
  private static final SqsClient CLIENT = SqsClient.create();

  public static void main(String[] arguments) {
    boolean sdk = run("Java SDK v2: sends, receives, extends, deletes and finds dead letters", Clients::walk);
    boolean jms = run("Amazon SQS JMS: sends, receives and acknowledges", Clients::speakJms);
    boolean old = run("Java SDK v1: sends, receives, tags and asks for all attributes in Query form", OldSdk::walk);
    System.exit(sdk && jms && old ? 0 : 1);
  }

  private interface Test {
    void run() throws Exception;
  }

  private static boolean run(String name, Test test) {
    try {
      test.run();
      System.out.println("ok " + name);
      return true;
    } catch (Exception | AssertionError error) {
      error.printStackTrace();
      System.out.println("FAILED " + name);
      return false;
    }
  }

  private static void walk() {
    String name = "java-" + UUID.randomUUID();
    String dead = CLIENT.createQueue(request -> request.queueName(name + "-dead")).queueUrl();
    String arn =
        CLIENT
            .getQueueAttributes(request -> request.queueUrl(dead).attributeNames(QueueAttributeName.QUEUE_ARN))
            .attributes()
            .get(QueueAttributeName.QUEUE_ARN);
    String policy = "{\"deadLetterTargetArn\":\"" + arn + "\",\"maxReceiveCount\":\"1\"}";
    Map<QueueAttributeName, String> attributes = Map.of(QueueAttributeName.REDRIVE_POLICY, policy);
    String url = CLIENT.createQueue(request -> request.queueName(name).attributes(attributes)).queueUrl();
    CLIENT.sendMessage(request -> request.queueUrl(url).messageBody("one"));
    CLIENT.sendMessageBatch(request -> request.queueUrl(url).entries(entry -> entry.id("a").messageBody("two")));
    List<Message> messages = receive(url, 2);
    changeVisibility(url, messages.get(0), 60);
    CLIENT.deleteMessage(request -> request.queueUrl(url).receiptHandle(messages.get(0).receiptHandle()));
    changeVisibility(url, messages.get(1), 0);
    check(CLIENT.receiveMessage(request -> request.queueUrl(url)).messages().isEmpty(), "nothing is left");
    check(receive(dead, 1).get(0).body().equals(messages.get(1).body()), "the dead letter is the second message");
    try {
      CLIENT.getQueueUrl(request -> request.queueName("nothing-here"));
      throw new AssertionError("a queue that is not there was found");
    } catch (QueueDoesNotExistException expected) {
      check(expected.statusCode() == 400, "status 400");
    }
  }

  private static void changeVisibility(String url, Message message, int seconds) {
    CLIENT.changeMessageVisibility(
        request -> request.queueUrl(url).receiptHandle(message.receiptHandle()).visibilityTimeout(seconds));
  }

  private static List<Message> receive(String url, int count) {
    List<Message> messages = new ArrayList<>();
    for (int tries = 0; messages.size() < count && tries < 10; tries++) {
      messages.addAll(
          CLIENT
              .receiveMessage(request -> request.queueUrl(url).maxNumberOfMessages(10).waitTimeSeconds(1))
              .messages());
    }
    check(messages.size() == count, messages.size() + " messages came, not " + count);
    return messages;
  }

  private static void speakJms() throws Exception {
    var connection = new SQSConnectionFactory(new ProviderConfiguration(), CLIENT).createConnection();
    String name = "jms-" + UUID.randomUUID();
    connection.getWrappedAmazonSQSClient().createQueue(name);
    Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
    TextMessage sent = session.createTextMessage("hello");
    sent.setStringProperty("colour", "grün");
    session.createProducer(session.createQueue(name)).send(sent);
    MessageConsumer consumer = session.createConsumer(session.createQueue(name));
    connection.start();
    TextMessage received = (TextMessage) consumer.receive(10_000);
    check(received != null && received.getText().equals("hello"), "the message came");
    check(received.getStringProperty("colour").equals("grün"), "its property came");
    check(consumer.receive(1_000) == null, "nothing is left");
    connection.close();
  }

  static void check(boolean holds, String what) {
    if (!holds) throw new AssertionError(what);
  }
}
