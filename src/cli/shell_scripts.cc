// SPDX-License-Identifier: Apache-2.0
#include "cli/shell_scripts.h"

namespace capid::cli {

// Bash takes words apart at = and :, so they are put together again from the line; of a word that is offered it replaces
// only what follows the last of these. Inside quotes nothing is offered, for there %q would not do.
const char* const kBashScript = R"(# bash completion for capid: source <(capid completions bash)
_capid() {
  local rest=${COMP_LINE:0:COMP_POINT} words=() part joined=1 i
  for ((i = 0; i <= COMP_CWORD; i++)); do
    part=${rest%%[![:space:]]*}
    [[ -n $part ]] && joined=
    rest=${rest#"$part"}
    part=${COMP_WORDS[i]}
    ((i == COMP_CWORD)) && part=$rest
    rest=${rest#"$part"}
    if [[ -n $joined && ${#words[@]} -gt 0 ]]; then
      words[${#words[@]} - 1]+=$part
    else
      words+=("$part")
    fi
    joined=1
  done
  local begun=${words[${#words[@]} - 1]} also word about before quoted
  COMPREPLY=()
  case $begun in *[\'\"\`\$]*) return ;; esac
  case $begun in *[=:]*) before=${begun%"${begun##*[=:]}"} ;; esac
  case $before in *=*) [[ $COMP_WORDBREAKS == *=* ]] || before= ;; *:*) [[ $COMP_WORDBREAKS == *:* ]] || before= ;; esac
  local spaced=
  {
    IFS= read -r also
    while IFS=$'\t' read -r word about; do
      [[ $word == *= ]] || spaced=1
      printf -v quoted '%q' "$word"
      COMPREPLY+=("${quoted#"$before"}")
    done
  } < <("${words[0]}" complete bash "${words[@]:1}" 2>/dev/null)
  [[ ${#COMPREPLY[@]} -eq 0 || -n $spaced ]] || compopt -o nospace 2>/dev/null
  compopt -o nosort 2>/dev/null
  if [[ $also == files ]]; then
    if [[ ${#COMPREPLY[@]} -eq 0 ]]; then
      compopt -o default 2>/dev/null
    elif [[ -z $before ]]; then
      while IFS= read -r word; do
        printf -v quoted '%q' "$word"
        COMPREPLY+=("$quoted")
      done < <(compgen -f -- "$begun")
    fi
  elif [[ $also == folders ]]; then
    compopt -o dirnames 2>/dev/null
  fi
}
complete -F _capid capid
)";

const char* const kZshScript = R"(#compdef capid
# zsh completion for capid: source <(capid completions zsh)
_capid() {
  local also line word
  local -a lines plain plain_shown open open_shown
  lines=("${(@f)$("${(Q)words[1]}" complete zsh "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}")
  also=$lines[1]
  for line in "${(@)lines[2,-1]}"; do
    word=${line%%$'\t'*}
    if [[ $word == *= ]]; then
      open+=("$word")
      open_shown+=("${word}  ${line#*$'\t'}")
    else
      plain+=("$word")
      plain_shown+=("${word}  ${line#*$'\t'}")
    fi
  done
  (( $#plain )) && compadd -V words -l -d plain_shown -a -- plain
  (( $#open )) && compadd -V open -l -S '' -d open_shown -a -- open
  if [[ $also == (files|folders) ]]; then
    compset -P '*='
    if [[ $also == files ]]; then _files; else _files -/; fi
  fi
  (( compstate[nmatches] ))
}
if [[ $funcstack[1] == _capid ]]; then
  _capid "$@"
else
  (( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
  compdef _capid capid
fi
)";

const char* const kFishScript = R"(# fish completion for capid: capid completions fish | source
function __capid_complete
    set -l words (commandline -opc)
    set -l begun (commandline -ct | string collect)
    set -l plain (string unescape -- "$begun" | string collect)
    test -n "$plain"; or set plain $begun
    set -l lines ($words[1] complete fish $words[2..] "$plain" 2>/dev/null)
    set -l also $lines[1]
    test (count $lines) -gt 1; and printf '%s\n' $lines[2..]
    switch "$also"
        case files folders
            set -l before (string match -r -- '^.*=' "$plain" | string collect)
            set -l path (string replace -r -- '^.*=' '' "$plain" | string collect)
            if test "$also" = folders
                __fish_complete_directories "$path" '' | string replace -r -- '^' "$before"
            else
                __fish_complete_path "$path" | string replace -r -- '^' "$before"
            end
    end
end
complete -c capid -f -k -a '(__capid_complete)'
)";

}   // namespace capid::cli
