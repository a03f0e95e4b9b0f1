import org.elasticmq.rest.sqs.SQSRestServerBuilder;

/** ElasticMQ in memory, on the port named first. */
public final class ElasticMq {
  public static void main(String[] arguments) {
    SQSRestServerBuilder.withPort(Integer.parseInt(arguments[0])).withInterface("127.0.0.1").start().waitUntilStarted();
    System.out.println("started");
  }
}
