import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import org.gaul.s3proxy.AccessGrant;
import org.gaul.s3proxy.BlobStoreLocator;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.blobstore.BlobStore;
import org.gaul.s3proxy.middleware.Middlewares;
import org.gaul.s3proxy.nio2blob.FilesystemNio2BlobStore;

/**
 * S3Proxy on a folder, as its own main class would start it, but for one thing: whoever signs
 * requests correctly gets buckets on first use.
 */
public final class LocalS3 {
  private LocalS3() {}

  /** Takes S3Proxy's properties file. */
  public static void main(String[] arguments) throws Exception {
    var properties = new Properties();
    try (Reader reader = Files.newBufferedReader(Path.of(arguments[0]), StandardCharsets.UTF_8)) {
      properties.load(reader);
    }
    String identity = required(properties, "s3proxy.identity");
    String credential = required(properties, "s3proxy.credential");
    BlobStore files =
        new FilesystemNio2BlobStore(required(properties, "jclouds.filesystem.basedir"));

    // Requests without a signature meet the plain store, in which nothing is public.
    S3Proxy server = S3Proxy.Builder.fromProperties(properties).blobStore(files).build();
    BlobStore store =
        Middlewares.wrap(
            new BucketOnFirstUse(files),
            properties,
            other -> {
              throw new IllegalArgumentException("a second store is not supported");
            });
    var grant = new AccessGrant(credential, store);
    long latency = Long.parseLong(properties.getProperty("pyspark-deploy.latency-milliseconds", "0"));
    // Asked once per request, where S3Proxy's own latency middleware counts every step within a request.
    BlobStoreLocator locator =
        (who, bucket, key) -> {
          delay(latency);
          return identity.equals(who) ? grant : null;
        };
    server.setBlobStoreLocator(locator);
    server.start();
    System.err.println("ready on " + properties.getProperty("s3proxy.endpoint"));
  }

  private static void delay(long milliseconds) {
    try {
      Thread.sleep(milliseconds);
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
    }
  }

  private static String required(Properties properties, String name) {
    String value = properties.getProperty(name, "");
    if (value.isEmpty()) {
      System.err.println("The properties file must set " + name);
      System.exit(2);
    }
    return value;
  }
}
