import dockerignore from "@balena/dockerignore";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { configSchema } from "../../../../src/config/schema.js";
import { type InitPlan, planInit } from "../../../../src/plan/init/plan.js";
import { folderOf, readTemplates } from "../../../support/folder.js";

const templates = readTemplates();
const settings = { templates, version: "9.8.7", stateDirectory: ".pyspark-deploy" };
type Contents = Record<string, string | number>;
const plan = (contents: Contents, more = {}): InitPlan => planInit(folderOf(contents, more), settings);
const fileOf = (planned: InitPlan, path: string) =>
  planned.write.find((file) => file.path === path)?.content ?? "";
const dockerfileOf = (contents: Contents) => fileOf(plan(contents), "Dockerfile");
const pathsOf = (planned: InitPlan) => planned.write.map(({ path }) => path).sort();

const SHAPES: Record<string, Contents> = {
  script: { "main.py": "SparkSession" },
  requirements: {
    "requirements.txt": "pyspark==3.5.1\n-e .",
    ".python-version": "3.11",
    "wordy/__init__.py": "",
  },
  package: {
    "pyproject.toml": '[project]\nname = "wordy"\n[build-system]\nrequires = ["hatchling>=1", "hatch-vcs"]',
    "src/wordy/__init__.py": "",
  },
  model: { "apt.txt": "jq", "models/m.bin": 1, "requirements.txt": "a", "my file.py": "" },
  computed: { "setup.py": "", "wordy/__init__.py": "" },
  locked: { "pyproject.toml": '[project]\nname = "wordy"\n', "uv.lock": "" },
  empty: {},
};

describe.each(Object.entries(SHAPES))("init of %s", (_, contents) => {
  it("leaves nothing of the templates open", () => {
    for (const { content } of plan(contents).write)
      expect(content).not.toMatch(/(?<!\$)\{\{|undefined|\n\n\n\n/);
  });

  it("writes a config that is valid", () => {
    const config = configSchema.parse(parse(fileOf(plan(contents), "pyspark-deploy.yaml")));
    expect(config.project).toMatch(/^(my-project|wordy)$/);
  });

  it.each(["true", "false", "null"])("writes a config that is valid in a folder named %s", (name) => {
    const content = fileOf(plan(contents, { name }), "pyspark-deploy.yaml");
    expect(configSchema.parse(parse(content)).project).toMatch(new RegExp(`^(${name}|wordy)$`));
  });

  it("writes nothing the second time, and goes on where the first was interrupted", () => {
    const { write } = plan(contents);
    for (let done = 0; done <= write.length; done += 1) {
      const so_far = Object.fromEntries(write.slice(0, done).map(({ path, content }) => [path, content]));
      const again = plan({ ...contents, ...so_far });
      expect(again.write).toEqual(write.slice(done));
      expect(again.append).toEqual([]);
    }
  });

  it("copies code last, in the image's stage", () => {
    const lines = fileOf(plan(contents), "Dockerfile").trimEnd().split("\n");
    const image = lines.lastIndexOf("FROM ${PYSPARK_DEPLOY_BASE}");
    const packages = lines.indexOf("COPY --from=packages /opt/packages /opt/packages");
    expect(packages).toBeGreaterThan(image);
    expect(lines.at(-1)).toMatch(/^COPY (\. \.|\w+\/ \w+\/)$/);
  });
});

describe("the files", () => {
  it("are all that a project needs", () => {
    expect(pathsOf(plan({}))).toEqual([
      ".dockerignore",
      ".github/workflows/pyspark-deploy.yml",
      ".gitignore",
      "Dockerfile",
      "jobs/first_job.py",
      "pyspark-deploy.yaml",
      "requirements.txt",
      "tests/test_first.py",
    ]);
  });

  it("have no first job where there is one, no first test where there is one", () => {
    const paths = pathsOf(plan({ "jobs/a.py": "", "tests/test_a.py": "" }));
    expect(paths).not.toContain("jobs/first_job.py");
    expect(paths).not.toContain("tests/test_first.py");
  });

  it.each(["src/jobs/__init__.py", "jobs.py"])("do not import the first job where %s hides it", (path) => {
    expect(fileOf(plan({}), "tests/test_first.py")).toContain("from jobs.first_job");
    expect(fileOf(plan({ [path]: "" }), "tests/test_first.py")).toContain("def test_spark_runs");
  });

  it("import the project's packages in the first test", () => {
    expect(fileOf(plan({ "wordy/__init__.py": "" }), "tests/test_first.py")).toContain('["wordy"]');
  });

  it("say in which folder of the repository the project is", () => {
    const planned = plan({}, { belowGitRoot: "etl/my job" });
    expect(fileOf(planned, ".github/workflows/pyspark-deploy.yml")).toContain(
      'pyspark-deploy -C "etl/my job" test',
    );
    expect(planned.notes.map(({ text }) => text).join()).toContain("root of a repository");
  });

  it("install this version of the CLI in CI", () => {
    const workflow = parse(fileOf(plan({}), ".github/workflows/pyspark-deploy.yml"));
    const runs = workflow.jobs.test.steps.map(({ run }: { run?: string }) => run);
    expect(runs).toContain("npm install --global pyspark-deploy@9.8.7");
    expect(runs).toContain("pyspark-deploy test");
  });

  it("leave environments and large data out of the image", () => {
    const planned = plan({ "data/a.csv": 99e6 }, { environments: ["py/env"] });
    expect(fileOf(planned, ".dockerignore").split("\n")).toEqual(
      expect.arrayContaining(["**/.pyspark-deploy", ".git", ".venv", "**/.env", "py/env", "data/a.csv"]),
    );
  });
});

describe("a secret", () => {
  const SECRETS = [
    ...["conf/.env", ".env.local", "a/tls.pem", "a/tls.key", "id_rsa", ".netrc", ".aws/config", ".ssh/id"],
    ...[".pypirc", ".envrc", "gcp-credentials.json", "sub/.pyspark-deploy/state.json"],
  ];
  const contents = {
    "models/a.bin": 1,
    "gcp-credentials.json": "{}",
    id_rsa: "",
    "certs/ca.pem": "",
    ".env": "",
  };

  it.each(SECRETS)("%s gets into no image", (path) => {
    const rules = dockerignore.default().add(fileOf(plan({}), ".dockerignore"));
    expect(rules.ignores(path)).toBe(true);
  });

  it("is copied by no name, whatever .dockerignore says", () => {
    for (const rules of [{}, { ".dockerignore": ".pyspark-deploy" }])
      expect(dockerfileOf({ ...contents, ...rules })).not.toMatch(/COPY.*(credentials|id_rsa)/);
  });

  it("by its name is told, since it may be none", () => {
    const told = plan(contents).notes.flatMap(
      ({ text }) => /^(\S+) looks like a secret/.exec(text)?.[1] ?? [],
    );
    expect(told).toEqual(["gcp-credentials.json", "id_rsa", "certs/ca.pem"]);
  });
});

describe("the .dockerignore", () => {
  it("takes in what pip installs, wherever it lies", () => {
    const { write } = plan({
      "requirements.txt": "./dist/x-1-py3-none-any.whl",
      "dist/x-1-py3-none-any.whl": "",
    });
    const { content = "" } = write.find(({ path }) => path === ".dockerignore") ?? {};
    expect(content).toMatch(/^dist$.*^!dist\/x-1-py3-none-any\.whl$/ms);
  });
});

describe("a file that exists", () => {
  it("is kept, and told", () => {
    const planned = plan({ Dockerfile: "ARG PYSPARK_DEPLOY_BASE", ".dockerignore": ".pyspark-deploy" });
    expect(pathsOf(planned)).not.toContain("Dockerfile");
    expect(planned.kept.map(({ path }) => path)).toEqual(["Dockerfile", ".dockerignore"]);
    expect(planned.notes).toEqual([]);
  });

  it("is kept with the lines that it lacks", () => {
    const { notes } = plan({ Dockerfile: "FROM python:3.13", ".dockerignore": "venv" });
    expect(notes.map(({ text }) => text).join("\n")).toMatch(
      /FROM \$\{PYSPARK_DEPLOY_BASE\}.*echo \.pyspark-deploy >> \.dockerignore/s,
    );
  });

  it.each<[string, Contents, object, RegExp[]]>([
    ["a secret", { "conf/.env": "", "a b.key": "" }, {}, [/echo conf\/\.env >>/, /echo 'a b\.key' >>/]],
    ["version control", {}, { belowGitRoot: "" }, [/echo \.git >>/]],
    ["an environment", {}, { environments: ["my-env"] }, [/echo my-env >>/]],
    ["data", { "data/a.csv": 99e6 }, {}, [/belongs on S3/, /echo data\/a\.csv >>/]],
  ])("is told that it lets %s into the image", (_, contents, more, expected) => {
    const { notes } = plan(
      { ...contents, ".dockerignore": ".pyspark-deploy\n", Dockerfile: "ARG PYSPARK_DEPLOY_BASE" },
      more,
    );
    expect(notes.map(({ text }) => text)).toEqual(expected.map((pattern) => expect.stringMatching(pattern)));
  });

  it("is told that it leaves out what the Dockerfile copies", () => {
    const contents = { "requirements.txt": "a", "models/a.bin": 1, "src/a.py": "" };
    const texts = (rules: string) =>
      plan({ ...contents, ".dockerignore": rules }).notes.map(({ text }) => text);
    expect(texts("*\n!src/**\n").filter((text) => text.includes("the build will fail"))).toEqual([
      expect.stringContaining("echo '!requirements.txt' >> .dockerignore"),
      expect.stringContaining("echo '!models' >> .dockerignore"),
    ]);
    expect(texts("*\n!src\n!models/**\n!requirements.txt\n").join()).not.toContain("the build will fail");
  });

  it("is told to get its rules on lines of their own", () => {
    const { notes } = plan({ ".dockerignore": "venv" });
    expect(notes.at(-1)?.text).toMatch(/echo >> \.dockerignore; echo \.pyspark-deploy >> \.dockerignore$/);
  });

  it("is no Dockerfile of init's when the config names another", () => {
    const planned = planInit(folderOf({ "pyspark-deploy.yaml": "" }), {
      ...settings,
      ownDockerfile: { path: "docker/Spark", exists: true },
    });
    expect(pathsOf(planned)).not.toContain("Dockerfile");
    expect(planned.kept[0]?.path).toBe("docker/Spark");
  });

  it("is not told as kept when the config names one that is not there", () => {
    const { kept, notes } = planInit(folderOf({ "pyspark-deploy.yaml": "" }), {
      ...settings,
      ownDockerfile: { path: "docker/Spark", exists: false },
    });
    expect(kept.map(({ path }) => path)).toEqual(["pyspark-deploy.yaml"]);
    expect(notes.map(({ text }) => text)).toEqual([expect.stringMatching(/docker\/Spark.*not there/)]);
  });

  it.each([
    ["", ".pyspark-deploy/\n"],
    ["venv", "\n.pyspark-deploy/\n"],
    ["venv\n", ".pyspark-deploy/\n"],
    ["venv\r\n", ".pyspark-deploy/\r\n"],
    ["# .pyspark-deploy\n", ".pyspark-deploy/\n"],
    [".pyspark-deploy\n", undefined],
    ["/.pyspark-deploy/\r\nx", undefined],
    ["**/.pyspark-deploy", undefined],
  ])(".gitignore %j gets %j", (existing, expected) => {
    const { append, write } = plan({ ".gitignore": existing });
    expect(append[0]?.content).toBe(expected);
    expect(write.map(({ path }) => path)).not.toContain(".gitignore");
  });
});

describe("the Dockerfile", () => {
  it("takes a PySpark of another version, and the project itself, out of the list", () => {
    const [line = ""] = /^RUN sed.*$/m.exec(dockerfileOf(SHAPES.requirements ?? {})) ?? [];
    expect(line).toContain("/^(pyspark|py4j)");
    expect(line).toContain("--editable");
  });

  it("takes out a package however its name is spelled", () => {
    const [line = ""] =
      /^RUN sed.*$/m.exec(dockerfileOf({ "requirements.txt": "Databricks_Connect==16" })) ?? [];
    expect(line).toContain("/^(databricks[-_.]+connect)(");
  });

  it("takes nothing out where PySpark's version fits", () => {
    expect(dockerfileOf({ "requirements.txt": "pyspark>=3.5" })).not.toContain("RUN sed");
  });

  it("installs a package without its dependencies, with what builds it, from what it takes", () => {
    const text = dockerfileOf(SHAPES.package ?? {});
    expect(text).toContain("RUN pip install --no-cache-dir 'hatchling>=1' hatch-vcs\n");
    expect(text).toContain("SETUPTOOLS_SCM_PRETEND_VERSION");
    expect(text).toContain(
      "COPY pyproject.toml ./\nCOPY src/ src/\nRUN pip install --no-cache-dir --no-build-isolation --no-deps",
    );
  });

  it("has models and Debian packages in layers below the code's, and copies code by name", () => {
    const text = dockerfileOf(SHAPES.model ?? {});
    const order = [
      "COPY --from=system",
      "COPY --from=packages /opt",
      "COPY models/ models/",
      'COPY ["apt.txt","my file.py"',
    ];
    const places = order.map((line) => text.indexOf(line));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(places).not.toContain(-1);
    expect(text).not.toMatch(/^COPY \. \./m);
  });

  it("copies nothing by name that .dockerignore leaves out", () => {
    const text = dockerfileOf({ "models/a": 1, ".dockerignore": ".pyspark-deploy\nnotes", "notes/a.md": "" });
    expect(text).not.toContain("COPY notes");
  });

  it("copies nothing by name that a fresh clone does not have", () => {
    const ignored = { "local.py": "", "out/a.csv": "", "logs/a.log": "", "main.py": "" };
    const text = dockerfileOf({ "models/a": 1, ".gitignore": "local.py\nout/\n*.log\n", ...ignored });
    expect(text).not.toMatch(/^COPY.*(local|out|logs)/m);
    expect(text).toMatch(/^COPY main.py/m);
  });

  it.each(["models/", "*.bin", "/models/a.bin"])("warns of a model that Git ignores by %s", (rule) => {
    const { notes } = plan({ "models/a.bin": 1, "models/README.md": "", ".gitignore": rule });
    expect(notes.map(({ text }) => text).join("\n")).toContain("Git ignores models/");
  });

  it("copies names as they are, not as patterns or variables", () => {
    const text = dockerfileOf({ "models/a": 1, "a$b.py": "", "we[1]rd.py": "", "it's.py": "" });
    expect(text).toMatch(/^COPY a\\\$b\.py it\\'s\.py .*we\[\[\]1\]rd\.py \.\/$/m);
  });

  it("installs lists with hashes apart from those without: pip refuses to mix them", () => {
    const text = dockerfileOf({ "requirements.txt": "a==1 --hash=sha256:00", "requirements-test.txt": "b" });
    expect(text).toMatch(
      /^ {2}&& pip install .* -r requirements\.txt \\\n {2}&& pip install .* -r requirements-test\.txt$/m,
    );
  });

  it("has the packages of uv's workspace where pip installs them", () => {
    const text = dockerfileOf({
      "pyproject.toml": '[project]\nname = "a"\ndependencies = ["foo"]\n',
      "uv.lock": '[[package]]\nname = "foo"\nversion = "1"\nsource = { editable = "packages/foo" }\n',
      "packages/foo/pyproject.toml": "",
    });
    expect(text).toMatch(/ AS packages\nCOPY --from=requirements .*\nCOPY packages\/foo\/ packages\/foo\/\n/);
  });

  it("reads a group for tests in PDM's own form", () => {
    const text = dockerfileOf({
      "pyproject.toml": '[project]\nname = "a"\n[tool.pdm.dev-dependencies]\ntest = ["x"]\n',
    });
    expect(text).toContain('config["tool"]["pdm"]["dev-dependencies"].get("test", [])');
  });

  it("brings git where pip clones", () => {
    expect(dockerfileOf({ "requirements.txt": "git+https://example.com/a" })).toMatch(
      /apt-get install .* git$/m,
    );
  });

  it("reads src as it is where nothing installs it", () => {
    expect(dockerfileOf({ "src/main.py": "" })).toContain("ENV PYTHONPATH=/app/src:/app");
  });
});
