"""What is found below `/api/v1/payments/` beside webhooks, with and without a trailing slash."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
