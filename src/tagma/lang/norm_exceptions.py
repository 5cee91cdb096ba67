"""Base norms: signs that are written in several ways count as one form, in every language.

Networks read norms, so these are exactly the ones that pipelines published for spaCy 3 were trained with: a sign more
would be another word to them.
"""

# The norm, then what counts as it.
_TABLE = """
' ` ´ ‘ ’
" « » “ ” „ '' `` ’’ ‘‘ ´´
- – — -- --- ——
$ £ ¥ ৳ ฿ ₣ ₩ € ₹ ₺ US$ C$ A$
. । 。
... …
! ！
, ，
: ：
; ；
? ？
's 'S ’s ’S
"""
BASE_NORMS: dict[str, str] = {
    variant: norm for norm, *variants in map(str.split, _TABLE.strip().splitlines()) for variant in [norm, *variants]
}
