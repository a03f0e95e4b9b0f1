import com.amazonaws.client.builder.AwsClientBuilder.EndpointConfiguration;
import com.amazonaws.services.sqs.AmazonSQS;
import com.amazonaws.services.sqs.AmazonSQSClientBuilder;
import com.amazonaws.services.sqs.model.CreateQueueRequest;
import com.amazonaws.services.sqs.model.Message;
import com.amazonaws.services.sqs.model.ReceiveMessageRequest;
import com.amazonaws.services.sqs.model.SendMessageBatchRequestEntry;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** The AWS SDK for Java 1, as published; it speaks Query. */
final class OldSdk {
  private OldSdk() {}

  static void walk() {
    var endpoint = new EndpointConfiguration(System.getenv("AWS_ENDPOINT_URL"), System.getenv("AWS_REGION"));
    AmazonSQS client = AmazonSQSClientBuilder.standard().withEndpointConfiguration(endpoint).build();
    var tags = Map.of("team", "a", "stage", "test");
    var create = new CreateQueueRequest("java-old-" + UUID.randomUUID()).withTags(tags);
    String url = client.createQueue(create).getQueueUrl();
    Clients.check(client.listQueueTags(url).getTags().equals(tags), "the tags are there");
    client.tagQueue(url, Map.of("stage", "live"));
    Clients.check(client.listQueueTags(url).getTags().get("stage").equals("live"), "a tag has changed");
    var attributes = client.getQueueAttributes(url, List.of("All")).getAttributes();
    Clients.check(attributes.get("VisibilityTimeout").equals("30"), "the attributes are there");
    String id = client.sendMessage(url, "grün").getMessageId();
    var batch = List.of(new SendMessageBatchRequestEntry("a", "one"), new SendMessageBatchRequestEntry("b", "two"));
    Clients.check(client.sendMessageBatch(url, batch).getFailed().isEmpty(), "no entry failed");
    var request = new ReceiveMessageRequest(url).withMaxNumberOfMessages(10).withAttributeNames("All");
    List<Message> messages = client.receiveMessage(request).getMessages();
    Clients.check(messages.size() == 3, "three messages came");
    Clients.check(messages.stream().anyMatch(message -> message.getMessageId().equals(id)), "with their ids");
    for (Message message : messages) {
      UUID.fromString(message.getMessageId());
      client.changeMessageVisibility(url, message.getReceiptHandle(), 60);
      client.deleteMessage(url, message.getReceiptHandle());
    }
    client.untagQueue(url, List.of("team"));
    client.deleteQueue(url);
    client.shutdown();
  }
}
