/** The variable that a process's log level comes from: daemons say `info`, jobs what their submitter asked for. */
export const LOG_LEVEL_VARIABLE = "PYSPARK_DEPLOY_LOG_LEVEL";

const SETTINGS = {
  "rootLogger.level": `\${env:${LOG_LEVEL_VARIABLE}:-info}`,
  "rootLogger.appenderRef.stdout.ref": "console",
  "appender.console.type": "Console",
  "appender.console.name": "console",
  "appender.console.target": "SYSTEM_ERR",
  "appender.console.layout.type": "PatternLayout",
  "appender.console.layout.pattern": "%d{yy/MM/dd HH:mm:ss} %p %c{1}: %m%n%ex",
  // Hadoop's native library is not in PySpark's package, and nothing here needs it.
  "logger.native.name": "org.apache.hadoop.util.NativeCodeLoader",
  "logger.native.level": "error",
};

/** The text of log4j2.properties for every process of a cluster. */
export const LOG4J_PROPERTIES = Object.entries(SETTINGS)
  .map(([key, value]) => `${key} = ${value}\n`)
  .join("");
