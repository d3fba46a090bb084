/** The last quarter of last year: nothing in it is to come, and its months are always as long. */
export const YEAR = new Date().getUTCFullYear() - 1
export const OCTOBER = `${YEAR}-10`
export const NOVEMBER = `${YEAR}-11`
export const DECEMBER = `${YEAR}-12`
export const JANUARY = `${YEAR + 1}-01`

export const PAY = 'key_payments_prod_1'
export const RISK = 'key_risk_prod_1'
export const HELPDESK = 'key_helpdesk_prod_1'
export const SELF_SERVICE = 'key_selfservice_prod_1'
export const LAB = 'key_experimentation_nonprod_1'
export const TOOLS = 'key_devtools_prod_1'
