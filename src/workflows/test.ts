import { randomBytes } from "node:crypto";
import { SPARK_USER } from "../adapters/docker/container.js";
import { LABEL_PREFIX, ROLE_LABEL } from "../plan/identity.js";
import type { Session } from "./session.js";
import { runStoppable } from "./stoppable.js";

/** What makes `SparkSession.builder.getOrCreate()` a small local session: quick to start, few partitions, no UI. */
const LOCAL_SESSION = [
  "--master local[*]",
  "--conf spark.ui.enabled=false",
  "--conf spark.ui.showConsoleProgress=false",
  "--conf spark.sql.shuffle.partitions=4",
  "--conf spark.driver.host=127.0.0.1",
  "--conf spark.driver.bindAddress=127.0.0.1",
  "--conf spark.sql.execution.arrow.pyspark.enabled=true",
  "pyspark-shell",
].join(" ");

/** Runs the project's pytest in the project's image, built when the tree has changed; returns pytest's exit code. */
export async function testProject(session: Session, pytestArguments: readonly string[]): Promise<number> {
  const image = await session.images.project();
  const name = `pyspark-deploy-${session.project}-test-${randomBytes(3).toString("hex")}`;
  const { stdout, stderr } = session.context;
  const { engine } = session;
  const labels = { [`${LABEL_PREFIX}project`]: session.project, [ROLE_LABEL]: "test" };
  // What an earlier test left that was killed with kill -9.
  const ended = (await engine.containers(labels)).filter((container) => !container.running);
  await engine.remove(
    "container",
    ended.map((container) => container.name),
  );
  try {
    return await runStoppable(session.context, {
      start: () =>
        engine.runContainer({
          name,
          image: image.reference,
          command: ["python", "-m", "pytest", ...pytestArguments],
          environment: { PYSPARK_SUBMIT_ARGS: LOCAL_SESSION, PYTHONDONTWRITEBYTECODE: "1" },
          labels,
          network: "bridge",
          user: SPARK_USER,
          mounts: [],
          publish: [],
          restart: false,
          tmpfs: [],
        }),
      follow: (signal) => engine.follow(name, { stdout, stderr }, signal),
      stop: (signal) => engine.kill(name, signal),
    });
  } finally {
    await session.undisturbed().engine.remove("container", [name]);
  }
}
