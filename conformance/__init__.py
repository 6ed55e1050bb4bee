"""The conformance kit 一致性测试: whether a feed's connector and contract stand up to a source that misbehaves on purpose."""
