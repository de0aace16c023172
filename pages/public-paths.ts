/** What the portal answers to everybody, so that nobody is asked to sign in for it: the policy, and the PAC file. */
export const isPublic = (path: string): boolean => path === '/aup' || path.startsWith('/aup/') || isPac(path);

/** By the name that is written by hand, and by the one that systems look for (WPAD). */
export const isPac = (path: string): boolean => path === '/proxy.pac' || path === '/wpad.dat';
