/**
 * Typed request and response over a MessagePort. One side serves an object of async functions, the other holds a proxy
 * of the same type. Errors cross as their message and code; when the port closes, every open call rejects.
 */
