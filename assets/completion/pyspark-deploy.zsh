#compdef pyspark-deploy
# Completion of pyspark-deploy for zsh: to be sourced after compinit, or put into $fpath as _pyspark-deploy.
_pyspark_deploy() {
  local line
  local -a values folders described
  for line in "${(@f)$(pyspark-deploy __complete "${(@)words[2,CURRENT-1]}" "${words[CURRENT]}" 2>/dev/null)}"; do
    case $line in
      '') ;;
      :files) _files ;;
      :directories) _files -/ ;;
      *$'\t'*) described+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}") ;;
      */) folders+=("$line") ;;
      *) values+=("$line") ;;
    esac
  done
  (( $#described )) && _describe 'pyspark-deploy' described
  (( $#values )) && compadd -a values
  (( $#folders )) && compadd -S '' -a folders
  return 0
}
if [[ ${funcstack[1]} == _pyspark-deploy ]]; then
  _pyspark_deploy "$@"
else
  compdef _pyspark_deploy pyspark-deploy
fi
