/** The shells that there is a script for. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** What makes a shell ask the program: it says a line for each word that fits, with what it is behind a tab. */
export const SCRIPTS: Readonly<Record<(typeof SHELLS)[number], string>> = {
  bash: `# Completion of tenantry for bash: source <(tenantry completion bash)
_tenantry() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    printf -v line '%q' "\${line%%$'\\t'*}"
    COMPREPLY+=("$line")
  done < <("\${COMP_WORDS[0]}" __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  if [[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == */ ]]; then compopt -o nospace 2>/dev/null; fi
}
complete -o default -F _tenantry tenantry
`,
  zsh: `#compdef tenantry
# Completion of tenantry for zsh: source <(tenantry completion zsh)
_tenantry() {
  local line
  local -a found
  while IFS= read -r line; do
    found+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done < <("\${words[1]}" __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( \${#found} )); then _describe -t tenantry tenantry found; else _files; fi
}
compdef _tenantry tenantry
`,
  fish: `# Completion of tenantry for fish: tenantry completion fish | source
function __tenantry_complete
  set -l given (commandline -opc) (commandline -ct)
  tenantry __complete -- $given[2..-1] 2>/dev/null
end
complete -c tenantry -f -a '(__tenantry_complete)'
`,
};
