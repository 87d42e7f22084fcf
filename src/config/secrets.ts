/** Names of keys and variables whose values nobody should see. */
const SECRET_NAME = /secret|passw|passphrase|token|credential|private|auth(?!enticate$)|key$/i;
const USER_IN_URL = /(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi;
const ASSIGNMENT = /([\w.-]*(?:secret|passw|token|credential)[\w.-]*\s*[=:]\s*)[^\s,;]+/gi;

export const MASK = "********";

export const isSecretName = (name: string): boolean => SECRET_NAME.test(name);

/** Text without the users and passwords of URLs and without the values of `-Dpassword=…` and the like. */
export const maskText = (text: string): string =>
  text.replace(USER_IN_URL, `$1${MASK}@`).replace(ASSIGNMENT, `$1${MASK}`);
