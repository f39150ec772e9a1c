/** The shells that there is a script for. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;

/**
 * What makes a shell ask the program: it says a line for each word that fits, with what it is behind a tab. The program gets words without quotes, as a
 * command would get them. Bash splits words at `:` and `=`, too, and takes only what stands behind.
 */
export const SCRIPTS: Readonly<Record<(typeof SHELLS)[number], string>> = {
  bash: `# Completion of tenantry for bash: source <(tenantry completion bash)
_tenantry_plain() {
  case $1 in
    \\'*) REPLY=\${1#\\'} REPLY=\${REPLY%\\'} ;;
    \\"*) REPLY=\${1#\\"} REPLY=\${REPLY%\\"} ;;
    *) IFS= read REPLY <<< "$1" ;;
  esac
}
_tenantry() {
  local line REPLY i token='' joined='' rest=$COMP_LINE
  local -a given=()
  COMPREPLY=()
  for ((i = 0; i <= COMP_CWORD; i++)); do
    token=\${COMP_WORDS[i]}
    if ((i == 0)) || [[ $rest == [[:space:]]* ]]; then
      joined=$token
      given+=("")
    else
      joined+=$token
    fi
    rest=\${rest#*"$token"}
    _tenantry_plain "$joined"
    given[\${#given[@]} - 1]=$REPLY
  done
  if [[ $token =~ ^[:=]+$ ]]; then token=''; fi
  _tenantry_plain "\${joined%"$token"}"
  local -r before=$REPLY
  while IFS= read -r line; do
    line=\${line%%$'\\t'*}
    line=\${line#"$before"}
    case $token in
      \\'*) ;;
      \\"*)
        line=\${line//\\\\/\\\\\\\\} line=\${line//\\"/\\\\\\"} line=\${line//\\$/\\\\\\$} line=\${line//\\\`/\\\\\\\`} ;;
      *) printf -v line '%q' "$line" ;;
    esac
    COMPREPLY+=("$line")
  done < <("\${COMP_WORDS[0]}" __complete -- "\${given[@]:1}" 2>/dev/null)
  if [[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == */ ]]; then compopt -o nospace 2>/dev/null; fi
}
complete -o default -F _tenantry tenantry
`,
  zsh: `#compdef tenantry
# Completion of tenantry for zsh: source <(tenantry completion zsh)
_tenantry() {
  local line current=\${(Q)words[CURRENT]}
  local -a found
  current=\${current#[\\"\\']}
  while IFS= read -r line; do
    found+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done < <("\${words[1]}" __complete -- "\${(@Q)words[2,CURRENT-1]}" "$current" 2>/dev/null)
  if (( \${#found} )); then _describe -t tenantry tenantry found; else _files; fi
}
compdef _tenantry tenantry
`,
  fish: `# Completion of tenantry for fish: tenantry completion fish | source
function __tenantry_complete
  set -l raw (commandline -ct)
  set -l current (string unescape -- $raw; or string unescape -- $raw'"'; or string unescape -- $raw"'"; or echo -- $raw)
  set -l given (commandline -opc) "$current"
  set -l found (tenantry __complete -- $given[2..-1] 2>/dev/null)
  if set -q found[1]
    printf '%s\\n' $found
  else
    __fish_complete_path "$current"
  end
end
complete -c tenantry -f -a '(__tenantry_complete)'
`,
};
