"""A bound for what anybody may send as a file, before it is read."""

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler

# A file that is a little too large is refused in the words of its form.
SPARE = 2


class Bounded(FileUploadHandler):
    """Refuses a request that is announced as larger than any file that is taken here.

    Of whoever is no staff no file is taken at all, so theirs is as small as any other form.
    """

    def handle_raw_input(
        self, input_data: Any, META: Any, content_length: int, *_: Any, **__: Any
    ) -> None:
        """Raise ``RequestDataTooBig``, or leave the request to the other handlers."""
        user = getattr(self.request, "user", None)
        if not getattr(user, "is_staff", False):
            most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        else:
            most = SPARE * settings.UPLOAD_BYTES_MAX
        if content_length > most:
            raise RequestDataTooBig("The file is larger than any that is taken here.")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """Leave the data to the other handlers."""
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """Leave the file to the other handlers."""
