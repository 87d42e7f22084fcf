import { type Campaign, type Case, campaignName, caseName } from "./cases.js";
import type { Outcome } from "./run-case.js";

const HEADER = ["verb", "who", "blow", "call", "cases", "run", "hit", "left", "problems", "seconds"];

function rowOf(campaign: Campaign, cases: readonly Case[], outcomes: readonly Outcome[]): string[] {
  const names = new Set(cases.filter((one) => campaignName(one) === campaignName(campaign)).map(caseName));
  const run = outcomes.filter(({ name }) => names.has(name));
  const sum = (of: (outcome: Outcome) => number) => run.reduce((total, outcome) => total + of(outcome), 0);
  const { verb, who, blow, when } = campaign;
  const counts = [
    names.size,
    run.length,
    sum(({ hit }) => (hit === undefined ? 0 : 1)),
    sum(({ left }) => left.length),
    sum(({ problems }) => problems.length),
    Math.round(sum(({ seconds }) => seconds)),
  ];
  return [verb, who, blow, when, ...counts.map(String)];
}

/** The matrix as a Markdown table: a row for each campaign and one for all. */
export function table(
  campaigns: readonly Campaign[],
  cases: readonly Case[],
  outcomes: readonly Outcome[],
): string {
  const rows = campaigns.map((campaign) => rowOf(campaign, cases, outcomes));
  const total = HEADER.map((_, at) =>
    at < 4 ? "" : String(rows.reduce((sum, row) => sum + Number(row[at]), 0)),
  );
  const lines = [HEADER, HEADER.map(() => "---"), ...rows, ["**all**", ...total.slice(1)]];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
