/** The verbs whose every step is a case. */
export type Verb = "create" | "update" | "scale-up" | "scale-down" | "destroy";
/** laptop: all of ours at once, and what was on its disk is lost too. */
export type Victim = "cli" | "terraform" | "ansible" | "laptop";
export type Blow = "SIGKILL" | "SIGINT" | "SIGINT twice";

/** Whose calls count as steps: API calls of anybody or of Terraform, or the connections by SSH. */
export type Steps = "calls" | "terraform" | "ssh";

export interface Campaign {
  readonly verb: Verb;
  readonly who: Victim;
  readonly blow: Blow;
  /** The step's effect has not happened yet, or it has and nobody was told. */
  readonly when: "before" | "after";
  readonly steps: Steps;
  /** Of each so many steps the case takes one; 1: every step. */
  readonly every: number;
}

export interface Case extends Campaign {
  /** From 1 on. */
  readonly step: number;
  /** The verb is run again before `destroy`, and must get on. */
  readonly again: boolean;
}

/** How many steps a verb has, as counted in a run that nobody disturbed. */
export type StepCounts = Readonly<Partial<Record<Verb, Readonly<Record<Steps, number>>>>>;

const calls = { steps: "calls" } as const;
const terraform = { who: "terraform", blow: "SIGKILL", steps: "terraform" } as const;

/** Without hosts: all that Terraform and destroy do, and what comes before. */
const WITHOUT_HOSTS: readonly Campaign[] = [
  { verb: "create", who: "cli", blow: "SIGKILL", when: "before", ...calls, every: 1 },
  { verb: "create", who: "cli", blow: "SIGKILL", when: "after", ...calls, every: 3 },
  { verb: "create", who: "cli", blow: "SIGINT", when: "after", ...calls, every: 4 },
  { verb: "create", who: "cli", blow: "SIGINT twice", when: "before", ...calls, every: 4 },
  { verb: "create", ...terraform, when: "before", every: 3 },
  { verb: "create", ...terraform, when: "after", every: 1 },
  { verb: "create", who: "laptop", blow: "SIGKILL", when: "after", ...calls, every: 2 },
  { verb: "destroy", who: "cli", blow: "SIGKILL", when: "before", ...calls, every: 1 },
  { verb: "destroy", who: "cli", blow: "SIGKILL", when: "after", ...calls, every: 1 },
  { verb: "destroy", who: "cli", blow: "SIGINT", when: "before", ...calls, every: 3 },
  { verb: "destroy", who: "cli", blow: "SIGINT twice", when: "after", ...calls, every: 3 },
  { verb: "destroy", who: "laptop", blow: "SIGKILL", when: "after", ...calls, every: 2 },
];

const ssh = { steps: "ssh", blow: "SIGKILL" } as const;

/** With light hosts: what is done on them. */
const LIGHT_HOSTS: readonly Campaign[] = [
  { verb: "create", who: "cli", when: "before", ...ssh, every: 3 },
  { verb: "create", who: "ansible", when: "before", ...ssh, every: 3 },
  { verb: "create", who: "ansible", when: "after", ...ssh, every: 3 },
  { verb: "create", who: "laptop", when: "after", ...ssh, every: 6 },
  { verb: "update", who: "cli", when: "before", ...ssh, every: 4 },
  { verb: "update", who: "ansible", when: "after", ...ssh, every: 4 },
  { verb: "scale-up", who: "cli", blow: "SIGKILL", when: "after", ...calls, every: 4 },
  { verb: "scale-up", who: "cli", blow: "SIGINT", when: "before", ...calls, every: 9 },
  { verb: "scale-up", ...terraform, when: "after", every: 1 },
  { verb: "scale-up", who: "laptop", blow: "SIGKILL", when: "before", ...calls, every: 9 },
  { verb: "scale-up", who: "cli", when: "before", ...ssh, every: 4 },
  { verb: "scale-up", who: "ansible", when: "after", ...ssh, every: 4 },
  { verb: "scale-down", who: "cli", blow: "SIGKILL", when: "after", ...calls, every: 1 },
  { verb: "scale-down", who: "cli", blow: "SIGINT twice", when: "before", ...calls, every: 2 },
  { verb: "scale-down", who: "cli", when: "before", ...ssh, every: 1 },
  { verb: "destroy", who: "cli", when: "before", ...ssh, every: 1 },
];

export const campaignsOf = (hosts: "none" | "light"): readonly Campaign[] =>
  hosts === "none" ? WITHOUT_HOSTS : LIGHT_HOSTS;

/** Of so many cases of a command that was killed, one is followed by the same command. */
const AGAIN_EVERY: Readonly<Partial<Record<Verb, number>>> = { create: 8, "scale-up": 4, "scale-down": 2 };

/** Of a machine whose disk is lost, only `destroy` finds a cluster again, and `create` makes another. */
const isRepeated = ({ verb, who, blow }: Campaign) =>
  blow === "SIGKILL" && (verb === "create" || who !== "laptop");

/** Each campaign starts at another step, so that together they meet all of them. */
const casesOf = (campaign: Campaign, at: number, counts: StepCounts): Case[] =>
  Array.from({ length: counts[campaign.verb]?.[campaign.steps] ?? 0 }, (_, index) => index + 1)
    .filter((step) => (step + at) % campaign.every === 0)
    .map((step) => ({
      ...campaign,
      step,
      again: isRepeated(campaign) && (step + at) % (AGAIN_EVERY[campaign.verb] ?? Infinity) === 0,
    }));

export const allCases = (campaigns: readonly Campaign[], counts: StepCounts): Case[] =>
  campaigns.flatMap((campaign, at) => casesOf(campaign, at, counts));

/** What a case is called in tables and files, such as "destroy cli SIGINT-twice after calls". */
export const campaignName = ({ verb, who, blow, when, steps }: Campaign): string =>
  `${verb} ${who} ${blow.replace(" ", "-")} ${when} ${steps}`;

export const caseName = (one: Case): string => `${campaignName(one)} ${one.step}`;
