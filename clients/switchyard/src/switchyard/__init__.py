"""The client of Switchyard for jobs: experiments from the command line."""
