"""The engine: what a graph is, how an op is recorded, how the reverse sweep runs. It knows no particular op.

The files of this folder are complete and plain; ``fast/`` replaces some parts for speed, and is proven equal. Whoever
wants to know what ``loss.backward()`` does reads these, in this order, 600 lines of code at most:

    version, variable    an array, the node that made it, and when its memory was written
    node, table, op      what a node remembers of an op; what the engine knows of it; how it is made
    record, plan         a call of an op: what is computed, which node it leaves, what that saves
    views                views of memory that is written: their nodes
    observe, roles       modes such as ``no_grad``; the few ops that the engine itself performs
    sweep                backward: every node, youngest first, its rules, and what they return to its parents
    hooks, backward      who may look at a gradient on its way; how it gets into ``.grad``

The others are rooms of their own, which these call by name:

    dtype, promote, half       types: what becomes of operands that differ in it, and float16
    inplace                    writing into memory that a graph or a view knows
    beside                     variables on the same memory, or of a user's class
    grad_fn, handle, watcher   what a user holds: a node's answers, a hook's handle, what an observer is told
    errors, public             the words of errors and warnings; under which name a class is public
"""

from . import fast as fast
