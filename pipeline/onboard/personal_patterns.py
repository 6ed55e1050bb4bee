"""How personal data look: SQL tests over a text ``v``, and the words in the names of columns that hold them."""

import re

from declarations.feed.column import Personal

SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
    "姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
COMPOUND = "欧阳|司马|上官|诸葛|东方|皇甫|尉迟|公孙|慕容|令狐|司徒|端木"
_NOT_A_PERSON = "镇乡村县市区局办站所院校处科部委会司路厂店组类型级期数率道厅"
GIVEN = (
    "james|mary|robert|patricia|john|jennifer|michael|linda|david|elizabeth|william|barbara|richard|susan|joseph|jessica|thomas|sarah|"
    "charles|karen|christopher|lisa|daniel|nancy|matthew|betty|anthony|sandra|mark|margaret|donald|ashley|steven|kimberly|andrew|emily|"
    "paul|donna|joshua|michelle|kenneth|carol|kevin|amanda|brian|melissa|george|deborah|timothy|stephanie|ronald|rebecca|jason|sharon|"
    "edward|laura|jeffrey|cynthia|ryan|dorothy|jacob|amy|gary|kathleen|nicholas|angela|eric|shirley|jonathan|emma|stephen|anna|larry|"
    "brenda|justin|pamela|scott|nicole|brandon|samantha|benjamin|katherine|samuel|christine|gregory|helen|alexander|debra|patrick|rachel|"
    "frank|carolyn|raymond|janet|jack|maria|dennis|catherine|jerry|heather|tyler|diane|aaron|olivia|jose|julie|adam|joyce|nathan|victoria|"
    "henry|ruth|peter|virginia|walter|lauren|carlos|martha|juan|alice|ann|anne|jean|grace|judy|julia|eva|hans|klaus|pierre|marie|wei|li|min"
)
_STREET = "st|street|ave|avenue|rd|road|blvd|boulevard|dr|drive|ln|lane|hwy|highway|way|ct|court|pkwy|parkway|suite|plaza|pl|place|circle"
_PLATE = "[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Z][·• -]?[A-HJ-NP-Z0-9]{5,6}"
_ORGANISATION_ZH = "局|委员会|办公室|政府|公司|中心|医院|学校|大学|学院|街道|镇$|乡$|村委|支队|大队|所$|厅$|集团|银行|协会|合作社|站$"
_ORGANISATION = (
    r"\b(inc|llc|ltd|corp|corporation|company|co|hospital|clinic|center|centre|medical|health|surgery|university|college|school|schools|"
    r"district|county|city|town|village|township|authority|agency|department|dept|office|bureau|council|commission|association|foundation|"
    r"society|services|service|system|systems|institute|board|church|bank|group|trust|state|tribe|nation|community|housing|club|"
    r"council|federation|partners|coalition|academy|regional|transit|republic|united|islands?)\b"
)


def _regex(pattern: str) -> str:
    return f"regexp_full_match(v, '{pattern}')"


def _id_card() -> str:
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    digits = " + ".join(f"try_cast(v[{i}] AS INTEGER) * {weight}" for i, weight in enumerate(weights, 1))
    shape = r"[1-9][0-9]{5}(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9Xx]"
    return f"{_regex(shape)} AND upper(v[18]) = ('10X98765432')[1 + (({digits}) % 11)]"


def _luhn() -> str:
    """Bank cards: 16 to 19 digits whose check digit is right."""
    places = (f"coalesce(try_cast(v[length(v) - {i}] AS INTEGER), 0)" for i in range(19))
    parts = (f"CASE WHEN length(v) > {i} THEN {_doubled(place) if i % 2 else place} ELSE 0 END" for i, place in enumerate(places))
    return f"CASE WHEN {_regex('[3-6][0-9]{15,18}')} THEN ({' + '.join(parts)}) % 10 = 0 END"


def _doubled(digit: str) -> str:
    return f"(2 * {digit} - CASE WHEN {digit} > 4 THEN 9 ELSE 0 END)"


SCANS = {
    "id_card": _id_card(),
    "bank_card": _luhn(),
    "phone": _regex(
        r"(\+?86[ -]?)?1[3-9][0-9]([ -]?[0-9]{4}){2}|\(?0[0-9]{2,3}\)?[ -]?[1-9][0-9]{6,7}(-[0-9]{1,5})?|\+[1-9][0-9 ]{8,16}|"
        r"(\+?1[ .-]?)?\([0-9]{3}\) ?[0-9]{3}[ .-]?[0-9]{4}|[2-9][0-9]{2}[.-][0-9]{3}[.-][0-9]{4}"
    ),
    "e_mail": _regex(r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}"),
    "plate": _regex(_PLATE),
    "address": (
        "regexp_matches(v, '(省|市|区|县|镇|乡|街道|村).*(路|街|巷|号|组|栋|幢|室|弄|单元|村)') "
        "AND regexp_matches(v, '[0-9一二三四五六七八九十]') OR "
        rf"regexp_matches(v, '^[0-9]+[A-Za-z]? .*\b({_STREET})\b', 'i')"
    ),
    "chinese_name": (
        f"({_regex(f'([{SURNAMES}]|{COMPOUND})[一-龥]{{1,2}}')} OR {_regex('[一-龥]{1,10}[·•][一-龥]{1,10}')}) "
        f"AND NOT {_regex(f'.*[{_NOT_A_PERSON}]')}"
    ),
    "western_name": (
        rf"regexp_matches(v, '^({GIVEN})\.?( [A-Z]\.?)?( (de|van|von|da|la|le))* [A-Z][A-Za-z''-]+( (jr|sr|ii|iii)\.?)?$', 'i') OR "
        rf"regexp_matches(v, '^[A-Z][A-Za-z''-]+, ?({GIVEN})( [A-Z]\.?)?$', 'i')"
    ),
    "given_name": rf"regexp_matches(v, '^({GIVEN})$', 'i')",
    "organisation": rf"regexp_matches(v, '{_ORGANISATION_ZH}') OR regexp_matches(v, '{_ORGANISATION}', 'i')",
    "identity_inside": r"regexp_matches(v, '(^|[^0-9A-Za-z])((\+?86)?1[3-9][0-9]{9}|[0-9]{17}[0-9Xx])([^0-9A-Za-z]|$)')",
}

ORGANISATION_WORDS = re.compile(
    r"facility|hospital|org|organi[sz]ation|company|agency|auditee|department|dept|unit|school|program|programme|project|product|country|"
    r"nation|region|state|province|city|town|county|district|file|table|measure|indicator|series|item|domain|class|category|type|code|field|"
    r"event|course|office|team|group|bank_name|station|site|place|brand|model|system|service|institution|firm|vendor|supplier|economy"
)
_PERSON = (
    "first|last|full|given|family|sur|middle|maiden|nick|user|person|contact|caller|applicant|petitioner|complainant|client|patient|"
    "employee|staff|customer|respondent|witness|guardian|handler|clerk|officer|teacher|student|driver|father|mother|spouse|child|cadre|"
    "reporter|informant|suspect|owner|operator|auditor|inspector|citizen|resident|voter|member|manager|director|inventor|author|payee"
)
_NAME_WORDS: dict[str, tuple[str, str, Personal]] = {
    "id_card": (
        r"身份证|证件号|护照|社保号|公民号|id_?card|identity_?(no|number|card)|passport|\bssn\b|social_security|national_id|id_number",
        "an identity number",
        "sensitive",
    ),
    "phone": (
        r"电话|手机|联系方式|传真|微信|\bqq\b|(^|_)(tele)?phone|mobile|(^|_)(tel|fax|wechat|qq|cell)(_|$)",
        "a telephone number or the like",
        "person",
    ),
    "e_mail": (r"邮箱|邮件|(^|_)e_?mail", "an e-mail address", "person"),
    "address": (
        r"住址|地址|住所|户籍|籍贯|门牌|邮编|邮政编码|经纬度|(^|_)((home|street|mail|mailing)_)?addr(ess)?(_|$|[0-9])|(^|_)street(_|$)|"
        r"(^|_)(zip|zip_code|zipcode|post_?code|postal_code|latitude|longitude|ip_address)(_|$)",
        "an address",
        "person",
    ),
    "bank_card": (
        r"银行卡|银行账|账号|帐号|卡号|(^|_)(iban|card_(no|number)|bank_account|account_(no|number))(_|$)",
        "a bank account",
        "sensitive",
    ),
    "plate": (r"车牌|plate|vehicle_no|licen[cs]e_?(plate|no)", "a licence plate", "person"),
    "birth": (
        r"出生|生日|年龄|性别|民族|婚姻|宗教|学历|政治面貌|"
        r"(^|_)(birth|birthday|birthdate|dob|date_of_birth|gender|sex|age|ethnicity|race|religion|marital)(_|$|date)",
        "a trait of a person",
        "sensitive",
    ),
    "health": (r"病|诊断|残疾|健康状况|症状|diagnos|disease|disabilit|medical_record", "somebody's health", "sensitive"),
    "person_name": (
        rf"姓名|名字|联系人|[^法]人$|^人$|法人代表|法定代表人|经办|当事人|(^|_)({_PERSON})_?names?(_|$)|"
        r"(^|_)(contact|surname|nickname|username|user_?id|login|petitioner|complainant|applicant|caller|handler|respondent)(_|$)",
        "somebody's name",
        "person",
    ),
    "free_text": (
        r"内容|备注|说明|描述|诉求|事由|详情|正文|留言|意见$|摘要|content|"
        r"(^|_)(comments?|remarks?|notes?|narrative|free_?text|message|body|details?|statement|abstract)(_|$)",
        "free text",
        "person",
    ),
}
NAMES = {sort: (re.compile(pattern), what, klass) for sort, (pattern, what, klass) in _NAME_WORDS.items()}
QUASI_ADDRESS = re.compile(
    r"(^|_)(city|town|village|borough|county|parish|neighbou?rhood|community|community_board|suburb|hamlet)(_|$)|社区|小区|村组"
)
