package rewindmq;

import io.awspring.cloud.sqs.annotation.SqsListener;
import io.awspring.cloud.sqs.operations.SqsTemplate;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.stream.IntStream;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.messaging.Message;
import software.amazon.awssdk.services.sqs.SqsAsyncClient;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;

/** Spring Cloud AWS as published, with a listener of default settings; endpoint and keys come from the environment. */
@SpringBootApplication
public class SpringClient {
  private static final int COUNT = 25;
  private static final ConcurrentMap<UUID, String> RECEIVED = new ConcurrentHashMap<>();
  private static final Set<String> FAILED_ONCE = ConcurrentHashMap.newKeySet();

  @SqsListener("${queue}")
  void listen(Message<String> message) {
    if (message.getPayload().equals("0") && FAILED_ONCE.add("0")) throw new IllegalStateException("once, on purpose");
    RECEIVED.put(message.getHeaders().getId(), message.getPayload());
  }

  public static void main(String[] arguments) throws Exception {
    String queue = "spring-" + UUID.randomUUID();
    var settings = Map.<String, Object>of("queue", queue, "logging.level.root", "OFF", "spring.main.banner-mode", "off");
    var application = new SpringApplicationBuilder(SpringClient.class).web(WebApplicationType.NONE).properties(settings);
    boolean holds;
    try (var context = application.run(arguments)) {
      var client = context.getBean(SqsAsyncClient.class);
      String url = client.getQueueUrl(request -> request.queueName(queue)).get().queueUrl();
      var attributes = Map.of(QueueAttributeName.VISIBILITY_TIMEOUT, "2");
      client.setQueueAttributes(request -> request.queueUrl(url).attributes(attributes)).get();
      var template = context.getBean(SqsTemplate.class);
      List<UUID> sent =
          IntStream.range(0, COUNT).mapToObj(number -> template.send(queue, "" + number).messageId()).toList();
      Instant end = Instant.now().plusSeconds(40);
      while (RECEIVED.size() < COUNT && Instant.now().isBefore(end)) Thread.sleep(100);
      holds = RECEIVED.keySet().containsAll(sent) && RECEIVED.size() == COUNT && isEmpty(client, url, end);
    }
    System.out.println((holds ? "ok" : "FAILED") + " Spring Cloud AWS: @SqsListener gets each message and deletes it");
    System.exit(holds ? 0 : 1);
  }

  private static boolean isEmpty(SqsAsyncClient client, String url, Instant end) throws Exception {
    var names =
        List.of(
            QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES,
            QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES_NOT_VISIBLE);
    while (Instant.now().isBefore(end)) {
      var counts = client.getQueueAttributes(request -> request.queueUrl(url).attributeNames(names)).get().attributes();
      if (counts.values().stream().allMatch("0"::equals)) return true;
      Thread.sleep(200);
    }
    return false;
  }
}
