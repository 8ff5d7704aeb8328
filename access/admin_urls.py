"""Where people look after their second factor."""

from django.contrib import admin
from django.urls import path

from access import admin_second_factor as pages

PAGES = {
    "second-factor": ("", pages.page_view),
    "second-factor-code": ("code/", pages.code_view),
    "second-factor-begin": ("begin/", pages.begin_view),
    "second-factor-confirm": ("confirm/", pages.confirm_view),
    "second-factor-recovery": ("recovery-codes/", pages.recovery_view),
    "second-factor-off": ("off/", pages.off_view),
}
urlpatterns = [
    path(route, admin.site.admin_view(view), name=name) for name, (route, view) in PAGES.items()
]
