/** Name of the session cookie: HttpOnly, so no script of a page can read it. */
export const SESSION_COOKIE = 'tutti_session';
/** Name of the cookie that remembers the theme, read by the server so that the first paint is right. */
export const THEME_COOKIE = 'tutti_theme';
