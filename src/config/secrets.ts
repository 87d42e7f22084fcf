/** Names of keys and variables whose values nobody should see; `key` and `pass` count where they are words. */
const SECRET_NAME =
  /secret|passw|passphrase|pwd|token|credential|private|auth(?!enticate$)|key\d*$|(?<![a-z])(?:key|pass)(?![a-z])/i;
// The bounds keep a long text from taking quadratic time.
const ASSIGNMENT =
  /((?:secret|pass|pwd|token|credential|key)[\w.-]{0,100}\s{0,9}[=:]\s{0,9})(?:"[^"]*"|'[^']*'|[^\s,;]+)/gi;

export const MASK = "********";

export const isSecretName = (name: string): boolean => SECRET_NAME.test(name);

/** A password may have slashes, so the last @ ends it. */
function maskUser(word: string): string {
  const user = word.indexOf("://") + 3;
  const end = word.lastIndexOf("@");
  return user > 2 && end > user ? `${word.slice(0, user)}${MASK}${word.slice(end)}` : word;
}

/** Text without the users and passwords of URLs and without the values of `-Dpassword=…` and the like. */
export const maskText = (text: string): string =>
  text.replace(/\S+/g, maskUser).replace(ASSIGNMENT, `$1${MASK}`);
