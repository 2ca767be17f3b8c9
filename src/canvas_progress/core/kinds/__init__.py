"""The kinds of jobs that Canvas runs: how each is named, read and canceled. No code outside branches on the kind."""
