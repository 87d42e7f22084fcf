import { hostname, userInfo } from "node:os";

/** Who runs this command, as clusters and jobs are labelled. */
export const userAtHost = (): string => `${userInfo().username}@${hostname()}`;
