"""Made-up names of a county that does not exist."""

COUNTY = "云岫县"

NORTH_TOWNS = (
    "柳河镇 青禾镇 麦源镇 双塘乡 稻香镇 北塬乡 石桥镇 长陂乡 白杨镇 泉坝乡 梨园镇 望岭乡 云溪镇"
).split()
SOUTH_TOWNS = (
    "临港镇 新市镇 铁炉镇 陶湖镇 南渡镇 金岗镇 星桥镇 东窑镇 沙洲镇 高埠镇 永兴镇 凤台镇 南城街道"
).split()
DEPARTMENTS = {
    "economic": "发展和改革局 财政局 经济和信息化局 商务局 农业农村局 投资促进局 国有资产管理局 科学技术局".split(),
    "social": "教育局 卫生健康局 民政局 人力资源和社会保障局 文化和旅游局 医疗保障局 退役军人事务局 住房和城乡建设局".split(),
    "governance": "公安局 司法局 自然资源局 生态环境局 应急管理局 市场监督管理局 交通运输局 水利局".split(),
}

TOWN_CHIEFS = ("党委书记", "镇长")
TOWN_DEPUTIES = ("党委副书记", "常务副镇长", "副镇长（农业）", "副镇长（工业）", "副镇长（民生）", "政法委员", "纪委书记")
DEPARTMENT_CHIEFS = ("党组书记", "局长")
DEPARTMENT_DEPUTIES = ("常务副局长", "副局长（业务）", "副局长（法规）", "副局长（服务）", "纪检监察组组长", "总工程师")

SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高梁郑谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈姜崔钟谭陆汪范廖石金贾"
GIVEN_FIRST = "建国志文明德晓海春玉秀丽永宏立学庆光家世正新成子振俊"
GIVEN_SECOND = "华军平伟强芳英敏静峰杰涛斌梅兰勇刚辉鹏超燕红云霞林波宁琴"

# One person a feed who stands in what must never get through. The surnames and characters occur nowhere else in
# the county, so that a search for them finds leaks only.
CANARY_PEOPLE = {
    "audit": ("澹台翀岚", "530199197101010017", "19900010001"),
    "inspection": ("公羊彧骁", "530199197202020025", "19900010002"),
    "petition": ("呼延祎曈", "530199197303030033", "19900010003"),
    "rating": ("尉迟昶珣", "530199197404040041", "19900010004"),
    "statistics": ("东郭翾旸", "530199197505050059", "19900010005"),
    "roster": ("南宫珺祺", "530199197606060067", "19900010006"),
    "evaluation": ("司空晟睿", "530199197707070075", "19900010007"),
    "decision": ("宇文暄妍", "530199197808080083", "19900010008"),
}
