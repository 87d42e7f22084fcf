# shellcheck shell=bash
# Completion of pyspark-deploy for bash, 3.2 (macOS) included.
_pyspark_deploy() {
  local line current=${COMP_WORDS[COMP_CWORD]}
  # Bash makes the "=" of --option=value a word of its own.
  [[ $current != "=" ]] || current=""
  COMPREPLY=()
  compopt +o default 2>/dev/null
  while IFS= read -r line; do
    case $line in
      :files) compopt -o default 2>/dev/null ;;
      :directories) compopt -o dirnames 2>/dev/null ;;
      *)
        COMPREPLY[${#COMPREPLY[@]}]=$(printf '%q' "${line%%$'\t'*}")
        # The next Tab goes on inside a folder.
        [[ ${COMPREPLY[${#COMPREPLY[@]}-1]} != */ ]] || compopt -o nospace 2>/dev/null
        ;;
    esac
  done < <(pyspark-deploy __complete "${COMP_WORDS[@]:1:COMP_CWORD-1}" "$current" 2>/dev/null)
}
complete -o default -F _pyspark_deploy pyspark-deploy
