"""From a run spec and the environment to stages that can run."""
