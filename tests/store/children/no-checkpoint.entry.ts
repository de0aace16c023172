/** A checkpointer's worker that never lives long enough to do anything. */
throw new Error('no checkpoint today');
