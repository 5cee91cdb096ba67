"""Ranges of code points, in hexadecimal: of the Unicode character database, by scripts/unicode_ranges.py.

`61-7a` is a range, `101-137/2` every second code point of one (capitals and small letters take turns),
`ad` a single one.
"""

UNICODE_VERSION = "14.0.0"

# Small letters of the Latin script.
LATIN_LOWER = (
    "61-7a df-f6 f8-ff 101-135/2 137-138 13a-146/2 148-149 14b-177/2 17a 17c 17e-180 183 185 188 18c-18d 192 195 "
    "199-19b 19e 1a1-1a5/2 1a8 1aa-1ab 1ad 1b0 1b4 1b6 1b9-1ba 1bd-1bf 1c6 1c9 1cc-1da/2 1dc-1dd 1df-1ed/2 1ef-1f0 1f3 "
    "1f5 1f9-231/2 233-239 23c 23f-240 242 247-24d/2 24f-293 295-2af 1d00-1d25 1d6b-1d77 1d79-1d9a 1e01-1e93/2 "
    "1e95-1e9d 1e9f-1eff/2 2184 2c5e 2c61 2c65-2c66 2c68-2c6c/2 2c71 2c73-2c74 2c76-2c7b a723-a72d/2 a72f-a731 "
    "a733-a76f/2 a771-a778 a77a a77c a77f-a787/2 a78c a78e a791 a793-a795 a797-a7a9/2 a7af a7b5-a7c3/2 a7c8 a7ca "
    "a7d1-a7d5 a7d7 a7d9 a7f6 a7fa ab30-ab5a ab60-ab64 ab66-ab68 fb00-fb06 ff41-ff5a 1df00-1df09 1df0b-1df1e"
)

# Capital letters of the Latin script, digraphs with a capital first letter among them.
LATIN_UPPER = (
    "41-5a c0-d6 d8-de 100-136/2 139-147/2 14a-176/2 178-179 17b 17d 181-182 184 186-187 189-18b 18e-191 193-194 "
    "196-198 19c-19d 19f-1a0 1a2 1a4 1a6-1a7 1a9 1ac 1ae-1af 1b1-1b3 1b5 1b7-1b8 1bc 1c4-1c5 1c7-1c8 1ca-1cb 1cd-1db/2 "
    "1de-1ee/2 1f1-1f2 1f4 1f6-1f8 1fa-232/2 23a-23b 23d-23e 241 243-246 248-24e/2 1e00-1e94/2 1e9e-1efe/2 2c2e 2c60 "
    "2c62-2c64 2c67-2c6b/2 2c6d-2c70 2c72 2c75 2c7e-2c7f a722-a72e/2 a732-a76e/2 a779 a77b a77d-a77e a780-a786/2 a78b "
    "a78d a790 a792 a796-a7a8/2 a7aa-a7ae a7b0-a7b4 a7b6-a7c2/2 a7c4-a7c7 a7c9 a7d0 a7d6 a7d8 a7f5 ff21-ff3a"
)

# Small letters of the other scripts.
LOWER = (
    "b5 371 373 377 37b-37d 390 3ac-3ce 3d0-3d1 3d5-3d7 3d9-3ed/2 3ef-3f3 3f5 3f8 3fb-3fc 430-45f 461-481/2 48b-4bf/2 "
    "4c2-4cc/2 4ce-4cf 4d1-52f/2 560-588 10d0-10fa 10fd-10ff 13f8-13fd 1c80-1c88 1d26-1d2b 1f00-1f07 1f10-1f15 "
    "1f20-1f27 1f30-1f37 1f40-1f45 1f50-1f57 1f60-1f67 1f70-1f87 1f90-1f97 1fa0-1fa7 1fb0-1fb7 1fbe 1fc2-1fc7 "
    "1fd0-1fd7 1fe0-1fe7 1ff2-1ff7 210a 210e-210f 2113 212f 2134 2139 213c-213d 2146-2149 214e 2c30-2c5d 2c5f "
    "2c81-2ce1/2 2ce3-2ce4 2cec 2cee 2cf3 2d00-2d2d a641-a66d/2 a681-a69b/2 ab65 ab70-abbf fb13-fb17 10428-1044f "
    "104d8-104fb 10597-105bc 10cc0-10cf2 118c0-118df 16e60-16e7f 1d41a-1d433 1d44e-1d467 1d482-1d49b 1d4b6-1d4cf "
    "1d4ea-1d503 1d51e-1d537 1d552-1d56b 1d586-1d59f 1d5ba-1d5d3 1d5ee-1d607 1d622-1d63b 1d656-1d66f 1d68a-1d6a5 "
    "1d6c2-1d6da 1d6dc-1d6e1 1d6fc-1d714 1d716-1d71b 1d736-1d74e 1d750-1d755 1d770-1d788 1d78a-1d78f 1d7aa-1d7c2 "
    "1d7c4-1d7c9 1d7cb 1e922-1e943"
)

# Capital letters of the other scripts.
UPPER = (
    "370 372 376 37f 386 388-38f 391-3ab 3cf 3d2-3d4 3d8-3ee/2 3f4 3f7 3f9-3fa 3fd-42f 460-480/2 48a-4be/2 4c0-4c1 "
    "4c3-4cd/2 4d0-52e/2 531-556 10a0-10cd 13a0-13f5 1c90-1cbf 1f08-1f0f 1f18-1f1d 1f28-1f2f 1f38-1f3f 1f48-1f4d "
    "1f59-1f5f 1f68-1f6f 1f88-1f8f 1f98-1f9f 1fa8-1faf 1fb8-1fbc 1fc8-1fcc 1fd8-1fdb 1fe8-1fec 1ff8-1ffc 2102 2107 "
    "210b-210d 2110-2112 2115 2119-211d 2124-2128/2 212a-212d 2130-2133 213e-213f 2145 2183 2c00-2c2d 2c2f 2c80-2ce2/2 "
    "2ceb 2ced 2cf2 a640-a66c/2 a680-a69a/2 10400-10427 104b0-104d3 10570-10595 10c80-10cb2 118a0-118bf 16e40-16e5f "
    "1d400-1d419 1d434-1d44d 1d468-1d481 1d49c-1d4b5 1d4d0-1d4e9 1d504-1d51c 1d538-1d550 1d56c-1d585 1d5a0-1d5b9 "
    "1d5d4-1d5ed 1d608-1d621 1d63c-1d655 1d670-1d689 1d6a8-1d6c0 1d6e2-1d6fa 1d71c-1d734 1d756-1d76e 1d790-1d7a8 1d7ca "
    "1e900-1e921"
)

# Letters without case, with the marks that are written on them.
UNCASED = (
    "aa ba 1bb 1c0-1c3 294 2b0-2c1 2c6-2d1 2e0-2e4 2ec 2ee 374 37a 559 591-5bd 5bf 5c1-5c2 5c4-5c5 5c7-5f2 610-61a "
    "620-65f 66e-6d3 6d5-6dc 6df-6e8 6ea-6ef 6fa-6fc 6ff 710-7b1 7ca-7f5 7fa-7fd 800-82d 840-85b 860-887 889-88e "
    "898-8e1 8e3-963 971-9e3 9f0-9f1 9fc 9fe-a5e a70-a75 a81-ae3 af9-b63 b71 b82-bd7 c00-c63 c80-c83 c85-ce3 cf1-d4e "
    "d54-d57 d5f-d63 d7a-ddf df2-df3 e01-e3a e40-e4e e81-ecd edc-f00 f18-f19 f35-f39/2 f3e-f84 f86-fbc fc6 1000-103f "
    "1050-108f 109a-109d 10fc 1100-135f 1380-138f 1401-166c 166f-167f 1681-169a 16a0-16ea 16f1-1734 1740-17d3 17d7 "
    "17dc-17dd 180b-180d 180f 1820-193b 1950-19c9 1a00-1a1b 1a20-1a7f 1aa7 1b00-1b4c 1b6b-1b73 1b80-1baf 1bba-1bf3 "
    "1c00-1c37 1c4d-1c4f 1c5a-1c7d 1cd0-1cd2 1cd4-1cfa 1d2c-1d6a 1d78 1d9b-1dbf 2071 207f 2090-209c 2135-2138 "
    "2c7c-2c7d 2d30-2d6f 2d7f-2dde 2e2f 3005-3006 302a-302f 3031-3035 303b-303c 3041-3096 309d-309f 30a1-30fa "
    "30fc-318e 31a0-31bf 31f0-31ff 3400-4dbf 4e00-a48c a4d0-a4fd a500-a60c a610-a61f a62a-a62b a66e a67f a69c-a69d "
    "a6a0-a6e5 a6f0-a6f1 a717-a71f a770 a788 a78f a7f2-a7f4 a7f7-a7f9 a7fb-a827 a82c a840-a873 a880-a8c5 a8f2-a8f7 "
    "a8fb a8fd-a8ff a90a-a92d a930-a953 a960-a9c0 a9cf a9e0-a9ef a9fa-aa4d aa60-aa76 aa7a-aadd aae0-aaef aaf2-ab2e "
    "ab5c-ab5f ab69 abc0-abea abec-abed ac00-d7fb f900-fad9 fb1d-fb28 fb2a-fbb1 fbd3-fd3d fd50-fdc7 fdf0-fdfb "
    "fe70-fefc ff66-ffdc 10000-100fa 10280-102d0 10300-1031f 1032d-10340 10342-10349 10350-10375 10380-1039d "
    "103a0-103cf 10450-1049d 10500-10563 10600-10855 10860-10876 10880-1089e 108e0-108f5 10900-10915 10920-10939 "
    "10980-109b7 109be-109bf 10a00-10a3f 10a60-10a7c 10a80-10a9c 10ac0-10ac7 10ac9-10ae6 10b00-10b35 10b40-10b55 "
    "10b60-10b72 10b80-10b91 10c00-10c48 10d00-10d27 10e80-10eac 10eb0-10f1c 10f27-10f50 10f70-10f85 10fb0-10fc4 "
    "10fe0-11046 11070-110ba 110c2 110d0-110e8 11100-11134 11144-11173 11176-111c4 111c9-111cc 111ce-111cf 111da 111dc "
    "11200-11237 1123e-112a8 112b0-112ea 11300-11339 1133c-11363 11400-1144a 1145e-114c5 114c7 11580-115c0 115d8-11640 "
    "11644 11680-116b8 11700-1172b 11740-1183a 118ff-11943 119a0-119e1 119e3-11a3e 11a47-11a99 11a9d 11ab0-11c40 "
    "11c72-11d47 11d60-11d98 11ee0-11ef6 11fb0 12000-12399 12480-12ff0 13000-1342e 14400-16a5e 16a70-16abe 16ad0-16af4 "
    "16b00-16b36 16b40-16b43 16b63-16b8f 16f00-16fe1 16fe3-16fe4 17000-1bc99 1bc9d-1bc9e 1df0a 1e100-1e13d 1e14e "
    "1e290-1e2ef 1e7e0-1e8c4 1e8d0-1e8d6 1e94b 1ee00-1eebb 20000-3134a"
)

# Marks that combine with letters of any script.
DIACRITICS = (
    "300-36f 483-487 1ab0-1abd 1abf-1ace 1dc0-1dff 20d0-20dc 20e1 20e5-20f0 2de0-2dff 3099-309a a66f a674-a67d "
    "a69e-a69f a8e0-a8f1 fe20-fe2f 10376-1037a 1133b 11366-11374 1d242-1d244 1e000-1e02a"
)

# Pictures, emoji among them, and other symbols.
ICONS = (
    "a6 a9 ae b0 482 58d-58e 60e-60f 6de 6e9 6fd-6fe 7f6 9fa b70 bf3-bf8 bfa c7f d4f d79 f01-f03 f13 f15-f17 f1a-f1f "
    "f34-f38/2 fbe-fc5 fc7-fcf fd5-fd8 109e-109f 1390-1399 166d 1940 19de-19ff 1b61-1b6a 1b74-1b7c 2100-2101 2103-2106 "
    "2108-2109 2114 2116-2117 211e-2123 2125-2129/2 212e 213a-213b 214a 214c-214d 214f 218a-218b 2195-2199 219c-219f "
    "21a1-21a2 21a4-21a5 21a7-21ad 21af-21cd 21d0-21d1 21d3 21d5-21f3 2300-2307 230c-231f 2322-2328 232b-237b "
    "237d-239a 23b4-23db 23e2-244a 249c-24e9 2500-25b6 25b8-25c0 25c2-25f7 2600-266e 2670-2767 2794-27bf 2800-28ff "
    "2b00-2b2f 2b45-2b46 2b4d-2bff 2ce5-2cea 2e50-2e51 2e80-2ffb 3004 3012-3013 3020 3036-3037 303e-303f 3190-3191 "
    "3196-319f 31c0-31e3 3200-321e 322a-3247 3250 3260-327f 328a-32b0 32c0-33ff 4dc0-4dff a490-a4c6 a828-a82b "
    "a836-a837 a839 aa77-aa79 fd40-fd4f fdcf fdfd-fdff ffe4 ffe8 ffed-ffee fffc-fffd 10137-1013f 10179-10189 "
    "1018c-101fc 10877-10878 10ac8 1173f 11fd5-11fdc 11fe1-11ff1 16b3c-16b3f 16b45 1bc9c 1cf50-1d164 1d16a-1d16c "
    "1d183-1d184 1d18c-1d1a9 1d1ae-1d241 1d245 1d300-1d356 1d800-1d9ff 1da37-1da3a 1da6d-1da74 1da76-1da83 1da85-1da86 "
    "1e14f 1ecac 1ed2e 1f000-1f0f5 1f10d-1f3fa 1f400-1fbca"
)

# Currency signs.
CURRENCY_SIGNS = (
    "24 a2-a5 58f 60b 7fe-7ff 9f2-9f3 9fb af1 bf9 e3f 17db 20a0-20c0 a838 fdfc fe69 ff04 ffe0-ffe1 ffe5-ffe6 "
    "11fdd-11fe0 1e2ff 1ecb0"
)

# Dashes and hyphens.
DASHES = "2d 58a 5be 1400 1806 2010-2015"

# Quotation marks, and brackets that quote.
QUOTES = (
    "22 27 60 ab b4 bb f3a-f3d 169b-169c 2018-201f 2039-203a 2045-2046 207d-207e 208d-208e 2308-230b 2329-232a "
    "275b-2760 2768-2775 27c5-27c6 27e6-27ef 2983-2998 29d8-29db 29fc-29fd 2e02-2e05 2e09-2e0a 2e0c-2e0d 2e1c-2e1d "
    "2e20-2e29 2e42 2e55-2e5c 3008-3011 3014-301b 301d-301f fd3e-fd3f fe17-fe18 fe35-fe44 fe47-fe48 fe59-fe5e ff02 "
    "ff08-ff09 ff3b ff3d ff5b ff5d ff5f-ff60 ff62-ff63 1f676-1f678"
)

# Punctuation beyond ASCII that stands outside of words.
SENTENCE_MARKS = (
    "a1 a7 b7 bf 37e 55c-55e 589 609 60c 61b 61f 66a 6d4 701-705 7f8-7f9 964-965 1362-1367 166e 1801-1804 1808-1809 "
    "1944-1945 2020-2023 2026 2030 203b-203d 2043 2047-2049 204c-204d 204f 205d 2cf9-2cfb 2cfe 2e18 2e2e 2e31-2e32 "
    "2e34-2e35 2e38-2e39 2e3c 2e41 2e49 2e4b-2e4c 2e53-2e54 3001-3002 30fb a4fe-a4ff a60d-a60f a6f3-a6f7 a8ce-a8cf "
    "aa5d-aa5f fe10-fe16 fe19 fe50-fe57 fe6a ff01 ff05 ff0c ff0e ff1a-ff1b ff1f ff61 ff64-ff65 10857 10a56-10a57 "
    "11047-11048 110c0-110c1 11141-11143 111c5-111c6 11238-11239 1144b-1144d 1145a 115c2-115c3 11641-11642 11944 "
    "11c41-11c42 12471-12474 16a6e-16a6f 16af5 16e97-16e98 1bc9f 1da87-1da8a 1e95e-1e95f"
)
