import { defineConfig } from "tsdown";

// Everything but the AWS SDK is bundled: a CLI that reads one file starts far faster than one that reads hundreds.
export default defineConfig({
  entry: { cli: "src/cli.ts" },
  format: "esm",
  platform: "node",
  target: "node20.19",
  outDir: "dist",
  clean: true,
  dts: false,
  outExtensions: () => ({ js: ".js" }),
  minify: { compress: true, mangle: true, codegen: true },
  deps: { neverBundle: [/^@aws-sdk\//, "write-file-atomic"], onlyBundle: false },
});
