import { readFile } from "node:fs/promises";
import type { SshKeyPair } from "../../adapters/ssh/keys.js";
import { assetPath } from "../../assets.js";
import type { Context } from "../../context.js";
import type { AwsClusterPlan } from "../../plan/aws/aws-plan.js";
import { renderUserData } from "../../plan/aws/user-data.js";
