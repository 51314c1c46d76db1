"""The voices of an installation as files of DIGITREE_HOME/voices: what may be added, how it is fetched, whose it is.

The command line and the speech process both read it; it loads neither Piper nor numpy.
"""
