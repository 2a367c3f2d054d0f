/**
 * Kubernetes' expansion of $(NAME) in commands, arguments and environment: an unknown name stays as it stands, and
 * $$ is one dollar sign, so that $$(NAME) is never expanded.
 */
export function expand(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$\$|\$\(([^()$]+)\)/g, (whole, name: string | undefined) => {
    if (whole === "$$") return "$";
    return name !== undefined && Object.hasOwn(variables, name) ? (variables[name] ?? "") : whole;
  });
}
