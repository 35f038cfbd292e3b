"""Taking records out of delivered files, so that no byte of them is left and all other records keep their lines.

What belongs here: one module per kind of file, and putting the content back into the gzip or ZIP that holds it. What
does not: knowing whose records they are.
"""
