"""Our text core against the real `@codemirror/state`: the same case to both, the same answer from both."""
