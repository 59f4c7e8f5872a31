"""Videos of a timeline: what is asked for, the job that makes it, and its process."""
