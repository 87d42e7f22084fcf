// CLI start-up against bare node. Goal: at most 60 ms more.
import { CLI_COMMAND, goal, interleave, median, seconds, sh, show } from "./lib.mjs";

const [node, entry] = CLI_COMMAND;
const runs = interleave(20, {
  "node -e 0": () => seconds(() => sh(node, ["-e", "0"])),
  "--version": () => seconds(() => sh(node, [entry, "--version"])),
  "--help": () => seconds(() => sh(node, [entry, "--help"])),
});
show("CLI start-up", runs);
for (const verb of ["--version", "--help"]) {
  const extra = (median(runs[verb]) - median(runs["node -e 0"])) * 1000;
  goal(`${verb} at most bare node + 60 ms (here + ${extra.toFixed(0)} ms)`, extra <= 60);
}
