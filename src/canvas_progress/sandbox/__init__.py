"""A simulated Canvas. It shares no code with the client, so that it can disagree with it."""
