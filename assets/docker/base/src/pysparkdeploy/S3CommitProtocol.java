package pysparkdeploy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.mapreduce.JobContext;
import org.apache.hadoop.mapreduce.TaskAttemptContext;
import org.apache.hadoop.mapreduce.lib.output.PathOutputCommitter;
import org.apache.spark.internal.io.FileCommitProtocol.TaskCommitMessage;
import org.apache.spark.internal.io.FileNameSpec;
import org.apache.spark.internal.io.cloud.PathOutputCommitProtocol;
import scala.Option;
import scala.Tuple2;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Spark's commit protocol for S3, which can also overwrite single partitions
 * (spark.sql.sources.partitionOverwriteMode dynamic).
 *
 * <p>Spark's own refuses that with the magic committer. Here the tasks write as in an ordinary
 * job: uploads that stay invisible until the job commits. The job's commit first deletes the
 * partitions that the tasks have written to, then completes the uploads. Nothing is renamed, and
 * a job that fails before its commit leaves the old partitions as they were.
 */
public class S3CommitProtocol extends PathOutputCommitProtocol {
  private static final long serialVersionUID = 1L;
  private static final String MAGIC = "org.apache.hadoop.fs.s3a.commit.magic.MagicS3GuardCommitter";
  private static final String PURGE = "fs.s3a.directory.operations.purge.uploads";

  private final boolean replacesPartitions;
  private final HashSet<String> partitions = new HashSet<>();

  /** The constructor that Spark looks for. */
  public S3CommitProtocol(String jobId, String destination, boolean dynamicPartitionOverwrite) {
    super(jobId, destination, dynamicPartitionOverwrite && !isS3(destination));
    this.replacesPartitions = dynamicPartitionOverwrite && isS3(destination);
  }

  private static boolean isS3(String destination) {
    return "s3a".equals(new Path(destination).toUri().getScheme());
  }

  @Override
  public PathOutputCommitter setupCommitter(TaskAttemptContext context) {
    PathOutputCommitter committer = super.setupCommitter(context);
    if (replacesPartitions) {
      if (!MAGIC.equals(committer.getClass().getName())) {
        throw new IllegalStateException(
            "Overwriting single partitions in S3 needs fs.s3a.committer.name magic, not "
                + committer.getClass().getSimpleName());
      }
      if (context.getConfiguration().getBoolean(PURGE, false)) {
        throw new IllegalStateException(
            "Overwriting single partitions in S3 needs " + PURGE + " false: deleting the old"
                + " files would end the uploads of the new ones");
      }
    }
    return committer;
  }

  @Override
  public void setupTask(TaskAttemptContext context) {
    partitions.clear();
    super.setupTask(context);
  }

  @Override
  public String newTaskTempFile(TaskAttemptContext context, Option<String> folder, FileNameSpec name) {
    if (replacesPartitions && folder.isDefined()) {
      partitions.add(folder.get());
    }
    return super.newTaskTempFile(context, folder, name);
  }

  @Override
  public TaskCommitMessage commitTask(TaskAttemptContext context) {
    TaskCommitMessage message = super.commitTask(context);
    // A type of Scala's, because every serializer of Spark's knows it.
    return replacesPartitions
        ? new TaskCommitMessage(new Tuple2<>(message, new HashSet<>(partitions)))
        : message;
  }

  @Override
  public void commitJob(JobContext context, Seq<TaskCommitMessage> messages) {
    if (!replacesPartitions) {
      super.commitJob(context, messages);
      return;
    }
    Set<String> written = new HashSet<>();
    List<TaskCommitMessage> inner = new ArrayList<>();
    for (TaskCommitMessage message : CollectionConverters.asJava(messages)) {
      var task = (Tuple2<?, ?>) message.obj();
      inner.add((TaskCommitMessage) task._1());
      for (Object partition : (Set<?>) task._2()) {
        written.add((String) partition);
      }
    }
    try {
      delete(written, context.getConfiguration());
    } catch (IOException failure) {
      throw new UncheckedIOException("Can't delete the partitions to overwrite", failure);
    }
    super.commitJob(context, CollectionConverters.asScala(inner).toSeq());
  }

  private void delete(Set<String> folders, Configuration configuration) throws IOException {
    FileSystem files = destPath().getFileSystem(configuration);
    for (String folder : folders) {
      files.delete(new Path(destPath(), folder), true);
    }
  }
}
