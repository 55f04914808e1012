"""The addresses of the pages."""

from django.urls import path

from trialogue.doors.web import assets, cases

urlpatterns = [
    path("", cases.home, name="home"),
    path("cases/", cases.cases, name="cases"),
    path("cases/new/", cases.new_case, name="new-case"),
    path("cases/<str:reference>/", cases.case, name="case"),
    path("cases/<str:reference>/live/", cases.live, name="case-live"),
    path("cases/<str:reference>/read/", cases.mark_read, name="mark-read"),
    path("cases/<str:reference>/messages/", cases.post_message, name="post-message"),
    path("cases/<str:reference>/documents/", cases.add_documents, name="add-documents"),
    path("cases/<str:reference>/moves/<slug:name>/", cases.move, name="move"),
    path("cases/<str:reference>/timeline/", cases.timeline, name="timeline"),
    path("documents/<str:public_id>/<str:pass_word>/", cases.document, name="document"),
    path("clocks/<str:public_id>/", cases.clock, name="clock"),
    path("assets/<slug:digest>.<slug:name>", assets.asset, name="asset"),
    path("icon.svg", assets.icon, name="icon"),
]
