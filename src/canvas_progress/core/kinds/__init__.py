"""The kinds of jobs that Canvas runs: how each is named, read and canceled. Nothing outside asks which one a job is."""
