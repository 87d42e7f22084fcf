import java.io.InputStream;
import java.util.List;
import java.util.regex.Pattern;
import org.gaul.s3proxy.blobstore.BlobStore;
import org.gaul.s3proxy.blobstore.ForwardingBlobStore;
import org.gaul.s3proxy.blobstore.domain.MultipartUpload;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.services.s3.model.CopyObjectRequest;
import software.amazon.awssdk.services.s3.model.CopyObjectResponse;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.DeleteObjectRequest;
import software.amazon.awssdk.services.s3.model.DeleteObjectResponse;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadBucketRequest;
import software.amazon.awssdk.services.s3.model.HeadBucketResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectRequest;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * Makes a bucket when a request first uses it, so that nobody has to prepare the local S3.
 *
 * <p>Reading counts as use: Spark lists its output path before it writes. Creating and deleting
 * a bucket behave as in S3, and so does {@code containerExists}, which deleting relies on.
 */
final class BucketOnFirstUse extends ForwardingBlobStore {
  private static final Pattern VALID_NAME = Pattern.compile("[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]");

  BucketOnFirstUse(BlobStore store) {
    super(store);
  }

  private void ensure(String bucket) {
    if (!VALID_NAME.matcher(bucket).matches() || delegate().containerExists(bucket)) {
      return;
    }
    try {
      delegate().createContainer(bucket);
    } catch (S3Exception refused) {
      // Another request may have been faster.
      if (!delegate().containerExists(bucket)) {
        throw refused;
      }
    }
  }

  @Override
  public boolean containerExists(String bucket) {
    return delegate().containerExists(bucket);
  }

  @Override
  public HeadBucketResponse headBucket(HeadBucketRequest request) {
    ensure(request.bucket());
    return super.headBucket(request);
  }

  @Override
  public ListObjectsV2Response list(ListObjectsV2Request request) {
    ensure(request.bucket());
    return super.list(request);
  }

  @Override
  public boolean blobExists(String bucket, String key) {
    ensure(bucket);
    return super.blobExists(bucket, key);
  }

  @Override
  public HeadObjectResponse blobMetadata(HeadObjectRequest request) {
    ensure(request.bucket());
    return super.blobMetadata(request);
  }

  @Override
  public ResponseInputStream<GetObjectResponse> getBlob(GetObjectRequest request) {
    ensure(request.bucket());
    return super.getBlob(request);
  }

  @Override
  public PutObjectResponse putBlob(PutObjectRequest request, InputStream payload) {
    ensure(request.bucket());
    return super.putBlob(request, payload);
  }

  @Override
  public CopyObjectResponse copyBlob(CopyObjectRequest request) {
    ensure(request.destinationBucket());
    return super.copyBlob(request);
  }

  @Override
  public DeleteObjectResponse removeBlob(DeleteObjectRequest request) {
    ensure(request.bucket());
    return super.removeBlob(request);
  }

  @Override
  public MultipartUpload initiateMultipartUpload(CreateMultipartUploadRequest request) {
    ensure(request.bucket());
    return super.initiateMultipartUpload(request);
  }

  @Override
  public List<software.amazon.awssdk.services.s3.model.MultipartUpload> listMultipartUploads(
      String bucket) {
    ensure(bucket);
    return super.listMultipartUploads(bucket);
  }
}
