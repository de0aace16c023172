/** Lists of rules as Adblock Plus, AdGuard and uBlock Origin write them. */
export { abpTwin, parseAbpRule, plainAbpHost } from './abp-rule.ts';
export type { AbpPart, AbpPattern, AbpRead, AbpRule, AbpType } from './abp-rule.ts';
