"""Places where files lie: one module each for a local folder, SFTP, S3 and HTTP; all give the same four things."""

from connectors.places.base import Listed, Place, is_safe, matches
from connectors.places.opening import HTTP_TYPES, LOCAL_TYPES, S3_TYPES, SFTP_TYPES, open_place

__all__ = ["HTTP_TYPES", "LOCAL_TYPES", "S3_TYPES", "SFTP_TYPES", "Listed", "Place", "is_safe", "matches", "open_place"]
