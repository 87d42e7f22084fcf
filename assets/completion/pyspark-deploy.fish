# Completion of pyspark-deploy for fish.
function __pyspark_deploy_complete
    set -l words (commandline --tokenize --cut-at-cursor --current-process)
    set -l current (commandline --cut-at-cursor --current-token)
    for line in (command pyspark-deploy __complete $words[2..-1] "$current" 2>/dev/null)
        switch $line
            case :files
                __fish_complete_path "$current"
            case :directories
                __fish_complete_directories "$current"
            case '*'
                echo $line
        end
    end
end
complete --command pyspark-deploy --no-files --arguments '(__pyspark_deploy_complete)'
