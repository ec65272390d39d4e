"""Pure work on text: folding, words, passages, alignment, differences."""
