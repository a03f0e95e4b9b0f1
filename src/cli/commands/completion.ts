import { Argument } from 'commander';
import type { Define } from '../frame/command.ts';
import { withExamples } from '../frame/options.ts';

const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** Each asks `rewindmq complete` for the words that may come next. */
const SCRIPTS: Readonly<Record<(typeof SHELLS)[number], string>> = {
  bash: `_rewindmq() {
  local IFS=$'\\n' found
  found=$(rewindmq complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  COMPREPLY=($(compgen -W "$found" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _rewindmq rewindmq`,
  // A shell without settings of its own has not loaded its completion yet.
  zsh: `#compdef rewindmq
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit -u }
_rewindmq() {
  local -a words_found
  words_found=("\${(@f)$(rewindmq complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "$words_found" ]]; then compadd -a words_found; else _files; fi
}
compdef _rewindmq rewindmq`,
  fish: `function __rewindmq
  set -l found (rewindmq complete -- (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)
  if test -n "$found"
    printf '%s\\n' $found
  else
    __fish_complete_path (commandline -ct)
  end
end
complete -c rewindmq -f -a '(__rewindmq)'`,
};

export const define: Define = (command, on) =>
  void withExamples(
    command,
    'completion bash >> ~/.bashrc',
    'completion zsh >> ~/.zshrc',
    'completion fish > ~/.config/fish/completions/rewindmq.fish',
  )
    .addArgument(new Argument('<shell>').choices(SHELLS))
    .action(on(async ({ out }, shell: (typeof SHELLS)[number]) => await out.line(SCRIPTS[shell])));
