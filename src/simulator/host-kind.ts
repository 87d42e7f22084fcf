/**
 * full: each boots systemd and has a Docker engine; light: sshd, and an engine that runs nothing; none: the API alone,
 * which needs no Docker, and of which any number can run.
 */
export const HOST_KINDS = ["full", "light", "none"] as const;
export type HostKind = (typeof HOST_KINDS)[number];
