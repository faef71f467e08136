install(TARGETS vitrum_program RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS vitrum_static vitrum_shared
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
# Relative, like every destination: `cmake --install --prefix` and DESTDIR then move all of it.
install(TARGETS vitrum_module LIBRARY DESTINATION lib/lua/5.4)
install(DIRECTORY include/vitrum DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY scripts/ DESTINATION ${CMAKE_INSTALL_DATADIR}/vitrum/scripts
        FILES_MATCHING PATTERN "*.lua" PATTERN "*.landscape")
install(DIRECTORY data/ DESTINATION ${CMAKE_INSTALL_DATADIR}/vitrum/data)
install(DIRECTORY tutorials/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/tutorials)

# The reference and the manual pages, made from the declarations that help shows.
set(pages ${PROJECT_BINARY_DIR}/pages)
file(MAKE_DIRECTORY ${pages})
add_custom_command(
    OUTPUT ${pages}/vitrum.1 ${pages}/vitrum-protocols.1 ${pages}/reference.html
    COMMAND vitrum_program -e "require('vitrum.prompt.manual').write '.'"
            -e "require('vitrum.prompt.reference').write 'reference.html'"
    DEPENDS vitrum_program WORKING_DIRECTORY ${pages} VERBATIM)
add_custom_target(vitrum_pages ALL DEPENDS ${pages}/reference.html)
install(FILES ${pages}/vitrum.1 ${pages}/vitrum-protocols.1
        DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${pages}/reference.html DESTINATION ${CMAKE_INSTALL_DOCDIR})

install(FILES README.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR})

# The pkg-config file finds its prefix from where it lies, so that the tree may be moved.
if(IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}" OR IS_ABSOLUTE "${CMAKE_INSTALL_INCLUDEDIR}")
    set(VITRUM_PC_PREFIX ${CMAKE_INSTALL_PREFIX})
    set(VITRUM_PC_LIBDIR ${CMAKE_INSTALL_FULL_LIBDIR})
    set(VITRUM_PC_INCLUDEDIR ${CMAKE_INSTALL_FULL_INCLUDEDIR})
else()
    file(RELATIVE_PATH up "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
    string(REGEX REPLACE "/$" "" up "${up}")
    set(VITRUM_PC_PREFIX "\${pcfiledir}/${up}")
    set(VITRUM_PC_LIBDIR "\${prefix}/${CMAKE_INSTALL_LIBDIR}")
    set(VITRUM_PC_INCLUDEDIR "\${prefix}/${CMAKE_INSTALL_INCLUDEDIR}")
endif()
configure_file(cmake/vitrum.pc.in vitrum.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/vitrum.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
