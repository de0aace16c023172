/** Pictures of our own. Their colours come from the style, so that they fit the dark too. */

/** A page taking a nap: what the youngest see. */
export const nap =
  '<svg class="art" viewBox="0 0 168 150" aria-hidden="true" fill="none" stroke-linecap="round" stroke-linejoin="round">' +
  // The hill and the moon
  '<circle cx="128" cy="34" r="24" fill="var(--tint)"/>' +
  '<path d="M134 17a18 18 0 1 0 11 28 15 15 0 0 1-11-28Z" fill="var(--edge)"/>' +
  '<path d="M4 140c22-26 52-34 82-34s58 10 78 34Z" fill="var(--tint)"/>' +
  // The page with its folded corner
  '<g transform="rotate(-6 74 84)"><path d="M40 34h46l20 20v70a7 7 0 0 1-7 7H40a7 7 0 0 1-7-7V41a7 7 0 0 1 7-7Z" ' +
  'fill="var(--surface)" stroke="var(--accent)" stroke-width="3.5"/>' +
  '<path d="M86 34v13a7 7 0 0 0 7 7h13" stroke="var(--accent)" stroke-width="3.5"/>' +
  // Its face
  '<path d="M47 79q7 7 14 0M78 79q7 7 14 0" stroke="var(--accent)" stroke-width="3.5"/>' +
  '<path d="M62 95q7.5 7 15 0" stroke="var(--accent)" stroke-width="3.5"/>' +
  '<circle cx="47" cy="92" r="5" fill="var(--blush)"/><circle cx="92" cy="92" r="5" fill="var(--blush)"/></g>' +
  // Its breath
  '<path d="M108 66h9l-9 11h9M124 72h6l-6 8h6" stroke="var(--accent)" stroke-width="3"/></svg>';

/** A hall pass on its lanyard, for the older ones. */
export const pass =
  '<svg class="art" viewBox="0 -6 120 126" aria-hidden="true" fill="none" stroke="var(--accent)" stroke-width="3" ' +
  'stroke-linecap="round" stroke-linejoin="round"><g transform="rotate(8 60 60)">' +
  '<path d="M58 34C30 26 24 8 42 3s40 6 20 31" stroke="var(--edge)" stroke-width="4"/>' +
  '<rect x="34" y="30" width="52" height="80" rx="9" fill="var(--surface)"/>' +
  '<path d="M34 62h52" stroke="var(--edge)" stroke-dasharray="1 6"/>' +
  '<rect x="50" y="37" width="20" height="6" rx="3" fill="var(--ground)" stroke-width="2.5"/>' +
  '<path d="M44 53h20M44 74h32M44 85h32M44 96h18" stroke-width="3.5"/></g></svg>';
