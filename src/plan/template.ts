/** What templates are filled with; a list becomes lines. */
export type TemplateValues = Readonly<Record<string, string | readonly string[]>>;

/**
 * Replaces each `{{name}}`. A line that holds nothing but one name becomes as many lines as there are, and goes when there
 * are none.
 * @throws Error when the template names what there is no value for: a bug of ours.
 */
export function fillTemplate(template: string, values: TemplateValues): string {
  const linesOf = (name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`the template has {{${name}}}, for which there is no value`);
    return typeof value === "string" ? [value] : value;
  };
  return template
    .replace(/^\{\{(\w+)\}\}\n/gm, (_, name: string) =>
      linesOf(name)
        .map((line) => `${line.replace(/\n$/, "")}\n`)
        .join(""),
    )
    .replace(/\{\{(\w+)\}\}/g, (_, name: string) => linesOf(name).join(" "));
}
